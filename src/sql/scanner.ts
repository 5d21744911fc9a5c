// Pure.
/**
 * PostgreSQL's lexical rules, for text that its parser has already accepted.
 *
 * The parser library's own scanner is not used: it returns JSON that is invalid for control
 * characters, takes seconds for a few megabytes, and above about seven megabytes returns neither
 * tokens nor an error. Its tokens would also change with PostgreSQL releases, and with them all
 * stored checksums.
 *
 * @module
 */

/** `text.slice(start, end)`, in UTF-16 units. */
export interface Token {
  readonly start: number;
  readonly end: number;
}

/**
 * The tokens of a text, in order, without comments and white space. A string that continues on the
 * next line is one token. Assumes that `standard_conforming_strings` is on, as the parser does.
 *
 * @param from,to Offsets between tokens; default: the whole text.
 */
export function* scan(
  text: string,
  from = 0,
  to = text.length,
): Generator<Token, void, undefined> {
  let at = from;
  while (at < to) {
    const blank = skipBlank(text, at);
    if (blank > at) {
      at = blank;
      continue;
    }
    const end = tokenEnd(text, at);
    yield { start: at, end };
    at = end;
  }
}

/** A comment from `--` to the end of its line: `text.slice(start, end)`. */
export interface LineComment extends Token {
  /** True when no token precedes it. */
  readonly leading: boolean;
}

/** The line comments of a text, in order. Strings and block comments contain none. */
export function* lineComments(text: string): Generator<LineComment, void, undefined> {
  let leading = true;
  for (let at = 0; at < text.length;) {
    const blank = skipBlank(text, at);
    if (blank === at) {
      leading = false;
      at = tokenEnd(text, at);
      continue;
    }
    if (text.startsWith("--", at)) yield { start: at, end: blank, leading };
    at = blank;
  }
}

const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const PARAMETER = /\$[0-9]+/y;
const NUMBER =
  /0[xX](?:_?[0-9A-Fa-f])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*(?:\.(?!\.)(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?/y;
const OPERATOR = /[~!@#^&|`?+\-*/%<>=]+/y;
const COLONS_AND_DOTS = /::|:=|\.\./y;
const CONTINUATION = /[ \t\f\v]*[\n\r][ \t\n\r\f\v]*(?=')/y;
const STRING_PREFIX = /[EeBbXx](?=')|[Uu]&(?=['"])/y;

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The end of a run of white space or of a comment; `at` when there is neither. */
function skipBlank(text: string, at: number): number {
  const space = match(SPACE, text, at);
  if (space > at) return space;
  if (text.startsWith("/*", at)) return blockCommentEnd(text, at);
  return match(LINE_COMMENT, text, at);
}

/** Block comments nest. */
function blockCommentEnd(text: string, at: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = at + 2;
  for (let depth = 1; depth > 0;) {
    const found = mark.exec(text);
    if (found === null) return text.length;
    depth += found[0] === "/*" ? 1 : -1;
  }
  return mark.lastIndex;
}

function tokenEnd(text: string, at: number): number {
  const prefixed = match(STRING_PREFIX, text, at);
  const first = text[prefixed];
  if (first === "'") return stringEnd(text, prefixed, pieceEndOf(text[at]!));
  if (first === '"') return quotedEnd(text, prefixed, '"');
  const word = match(WORD, text, at);
  if (word > at) return word;
  if (text[at] === "$") {
    const tag = match(DOLLAR_TAG, text, at);
    if (tag > at) return after(text, text.slice(at, tag), tag);
    return Math.max(match(PARAMETER, text, at), at + 1);
  }
  const number = match(NUMBER, text, at);
  if (number > at) return number;
  const operator = match(OPERATOR, text, at);
  if (operator > at) return at + operatorLength(text.slice(at, operator));
  return Math.max(match(COLONS_AND_DOTS, text, at), at + 1);
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

/**
 * The end of a literal, including continuations after a line end. PostgreSQL allows line comments
 * between the pieces; the parser library refuses them, so they never occur here.
 */
function stringEnd(
  text: string,
  at: number,
  pieceEnd: (text: string, from: number) => number,
): number {
  let end = pieceEnd(text, at);
  for (
    let next = match(CONTINUATION, text, end);
    next > end;
    next = match(CONTINUATION, text, end)
  ) {
    end = pieceEnd(text, next);
  }
  return end;
}

/**
 * Returns the function that finds the end of one piece: of E'…', of B'…' and X'…' (no doubled
 * quotes), or of others.
 */
function pieceEndOf(first: string): (text: string, from: number) => number {
  if (/[Ee]/.test(first)) return escapedEnd;
  if (/[BbXx]/.test(first)) return (text, from) => after(text, "'", from + 1);
  return (text, from) => quotedEnd(text, from, "'");
}

/** A doubled quote does not end the literal. */
function quotedEnd(text: string, at: number, quote: string): number {
  let end = after(text, quote, at + 1);
  while (text[end] === quote) end = after(text, quote, end + 1);
  return end;
}

/** Neither a doubled quote nor a quote after a backslash ends the literal. */
function escapedEnd(text: string, at: number): number {
  const mark = /\\|'/g;
  mark.lastIndex = at + 1;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    if (found[0] === "'" && text[mark.lastIndex] !== "'") return mark.lastIndex;
    mark.lastIndex++;
  }
  return text.length;
}

/**
 * A comment ends an operator. An operator ends in `+` or `-` only if it contains an unusual
 * character.
 */
function operatorLength(run: string): number {
  const comment = run.search(/\/\*|--/);
  const operator = comment === -1 ? run : run.slice(0, comment);
  if (operator.length === 1 || /[~!@#^&|`?%]/.test(operator)) return operator.length;
  return Math.max(operator.replace(/[+-]+$/, "").length, 1);
}
