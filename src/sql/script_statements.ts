/**
 * Splits SQL text into its statements.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { garbageCollector } from "../runtime/collect_garbage.ts";
import { byteOffsets } from "./offsets.ts";
import { type ConcurrentIndex, concurrentIndexOf } from "./concurrent_index.ts";
import { loadParser, type Parse, type ParsedStatement, SyntaxProblem } from "./parser.ts";
import { scan, type Token } from "./scanner.ts";
import { withoutData } from "./without_data.ts";

/**
 * One statement: `text.slice(start, end)` is its text, without surrounding comments and semicolon.
 */
export interface SqlStatement {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  /** Scanned anew whenever they are asked for: those of a large text would fill the memory. */
  readonly tokens: readonly Token[];
  readonly concurrentIndex: ConcurrentIndex | undefined;
  /** Converts a location in `node` to an offset. */
  offsetOf(location: number): number;
}

/**
 * UTF-16 units that are parsed at a time. A syntax tree takes a multiple of its text, so the tree of a
 * large text as a whole would not fit into the memory that the parser has.
 */
const PIECE = 250_000;

/**
 * The statements of a text, in order.
 *
 * @param options.withoutData Keeps the syntax trees of statements that only move data by their kind.
 * @throws {SyntaxProblem} When PostgreSQL's grammar refuses the text.
 */
export async function parseStatements(
  text: string,
  { withoutData: isLight = false, piece = PIECE }: {
    readonly withoutData?: boolean;
    readonly piece?: number;
  } = {},
): Promise<readonly SqlStatement[]> {
  const parse = await loadParser();
  const statements: SqlStatement[] = [];
  const collectGarbage = garbageCollector();
  for (const parsed of parsePieces(parse, text, piece)) {
    collectGarbage(parsed.end - parsed.start);
    const node = isLight ? withoutData(parsed.node) : parsed.node;
    statements.push(new Split(text, { ...parsed, node }));
  }
  return statements;
}

class Split implements SqlStatement {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  readonly concurrentIndex: ConcurrentIndex | undefined;
  readonly #text: string;
  readonly #piece: Piece;

  constructor(text: string, { node, start, end, piece }: ParsedPart) {
    this.#text = text;
    this.#piece = piece;
    this.node = node;
    this.start = start;
    this.end = end;
    this.concurrentIndex = concurrentIndexOf(this, text);
  }

  get tokens(): readonly Token[] {
    return [...scan(this.#text, this.start, this.end)];
  }

  offsetOf(location: number): number {
    const { from, to } = this.#piece;
    return from + byteOffsets(this.#text.slice(from, to))(location);
  }
}

/** A part of a text that was parsed by itself. */
interface Piece {
  readonly from: number;
  readonly to: number;
}

/** A parsed statement of a piece: from its first token to its last. */
interface ParsedPart {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  readonly piece: Piece;
}

/** Parses a text piece by piece, each cut behind a statement. */
function* parsePieces(parse: Parse, text: string, length: number): Generator<ParsedPart> {
  const ends = statementEnds(text);
  let ended = ends.next();
  for (let from = 0, wanted = length; from < text.length;) {
    while (!ended.done && ended.value - from < wanted) ended = ends.next();
    const to = ended.done ? text.length : ended.value;
    let statements: readonly ParsedStatement[];
    try {
      statements = parse(text.slice(from, to));
    } catch (error) {
      // A body that begins with BEGIN ATOMIC has semicolons of its own, so that the piece ends in it.
      if (!(error instanceof SyntaxProblem) || ended.done || !isAtEnd(error, to - from)) {
        throw moved(error, from);
      }
      wanted *= 2;
      continue;
    }
    yield* partsOf(text, { piece: { from, to }, statements });
    [from, wanted] = [to, length];
  }
}

/** Whether the parser has refused a text only because it ends. */
function isAtEnd({ offset }: SyntaxProblem, length: number): boolean {
  return offset !== undefined && offset >= length;
}

function moved(error: unknown, by: number): unknown {
  if (!(error instanceof SyntaxProblem) || error.offset === undefined) return error;
  return new SyntaxProblem(error.message, error.offset + by);
}

/** Offsets behind the semicolons that stand outside parentheses. */
function* statementEnds(text: string): Generator<number, void, undefined> {
  let depth = 0;
  for (const { start, end } of scan(text)) {
    if (end - start > 1) continue;
    const character = text[start];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === ";" && depth <= 0) yield end;
  }
}

/** Finds the first and the last token of each statement of a piece. */
function* partsOf(
  text: string,
  { piece, statements }: { readonly piece: Piece; readonly statements: readonly ParsedStatement[] },
): Generator<ParsedPart> {
  const { from, to } = piece;
  const tokens = scan(text, from, to);
  let token = tokens.next();
  for (const { node, start: first, limit } of statements) {
    while (!token.done && token.value.start < from + first) token = tokens.next();
    const start = token.done ? from + first : token.value.start;
    let end = start;
    for (; !token.done && token.value.start < from + limit; token = tokens.next()) {
      end = token.value.end;
    }
    yield { node, start, end, piece };
  }
}
