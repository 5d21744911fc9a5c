/**
 * Splits SQL text into its statements.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { type ConcurrentIndex, concurrentIndexOf } from "./concurrent_index.ts";
import { loadParser, type Parse } from "./parser.ts";
import { scan, type Token } from "./scanner.ts";

/**
 * One statement: `text.slice(start, end)` is its text, without surrounding comments and semicolon.
 */
export interface SqlStatement {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly Token[];
  readonly concurrentIndex: ConcurrentIndex | undefined;
  /** Converts a location in `node` to an offset. */
  readonly offsetOf: (location: number) => number;
}

/**
 * The statements of a text, in order.
 *
 * @throws {SyntaxProblem} When PostgreSQL's grammar refuses the text.
 */
export async function parseStatements(text: string): Promise<readonly SqlStatement[]> {
  return split(await loadParser(), text);
}

function split(parse: Parse, text: string): readonly SqlStatement[] {
  const parsed = parse(text);
  const tokens = parsed.map((): Token[] => []);
  let index = 0;
  for (const token of scan(text)) {
    while (index < parsed.length && token.start >= parsed[index]!.limit) index++;
    if (index === parsed.length) break;
    if (token.start >= parsed[index]!.start) tokens[index]!.push(token);
  }
  return parsed.map((statement, index) => {
    const own = tokens[index]!;
    return {
      node: statement.node,
      start: own[0]!.start,
      end: own.at(-1)!.end,
      tokens: own,
      offsetOf: statement.offsetOf,
      concurrentIndex: concurrentIndexOf(statement, { text, tokens: own }),
    };
  });
}
