// Pure.
/**
 * As much of Markdown as the tests of the documentation read: fenced blocks, headings, links and code
 * spans.
 *
 * @module
 */

/** A fenced block: ```` ```yaml migrator.yaml ````. */
export interface Block {
  /** `yaml`; empty when the fence names none. */
  readonly language: string;
  /** The rest of the fence's line: `migrator.yaml`. */
  readonly about: string;
  /** Without the fences; every line ends with a line break. */
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** `[text](target)`. */
export interface Link {
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** `code` within a line. */
export interface Span {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** One page, taken apart. */
export interface Page {
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  readonly spans: readonly Span[];
  /** What a link can name behind `#`, as GitHub derives it from the headings. */
  readonly anchors: ReadonlySet<string>;
}

const FENCE = /^ {0,3}```(\w*)(?: +(.*\S))? *$/;

/** @throws {Error} When a fence is not closed. */
export function readMarkdown(text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { language: string; about: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open === undefined && fence) {
      open = { language: fence[1] ?? "", about: fence[2] ?? "", line: index + 1, lines: [] };
    } else if (open !== undefined && fence && fence[1] === "") {
      const { lines, ...block } = open;
      blocks.push({ ...block, text: lines.map((one) => `${one}\n`).join("") });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(line);
    }
    prose.push(open === undefined && !fence ? line : "");
  }
  if (open !== undefined) throw new Error(`The block of line ${open.line} is not closed.`);
  return { blocks, anchors: anchorsOf(prose), ...inlineOf(prose.join("\n")) };
}

function anchorsOf(prose: readonly string[]): ReadonlySet<string> {
  const met = new Map<string, number>();
  return new Set(
    prose.flatMap((line) => /^#{1,6} +(.*\S)/.exec(line)?.[1] ?? []).map((heading) => {
      const slug = heading.toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-");
      const times = met.get(slug) ?? 0;
      met.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

/** Links and spans may go over a line's end. */
function inlineOf(prose: string): { links: readonly Link[]; spans: readonly Span[] } {
  const lineOf = (offset: number) => prose.slice(0, offset).split("\n").length;
  const spans: Span[] = [];
  // What stands in a span is no link.
  const plain = prose.replace(/(?<!`)(`+)(?!`)([^]*?[^`])\1(?!`)/g, (whole, _, text, offset) => {
    // Two empty lines end a paragraph, and with it a stray backtick.
    if (/\n\s*\n/.test(text)) return whole;
    spans.push({ text: text.replaceAll(/\s*\n\s*/g, " ").trim(), line: lineOf(offset) });
    return whole.replaceAll(/[^\n]/g, "_");
  });
  const links = [...plain.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(({ 1: target = "", index }) => ({ target, line: lineOf(index) }));
  return { links, spans };
}
