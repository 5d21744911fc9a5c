// Pure.
/**
 * What a CREATE INDEX CONCURRENTLY creates.
 *
 * @module
 */

import type { ParsedStatement } from "./parser.ts";
import type { Token } from "./scanner.ts";

/** What the concurrent index build of a script makes, as far as the parser can tell. */
export interface ConcurrentIndex {
  /** Unqualified, with PostgreSQL's truncation to 63 bytes applied. Undefined when not given. */
  readonly name: string | undefined;
  /** The schema that the table was written with, if any. */
  readonly schema: string | undefined;
  /** The table, as written. */
  readonly table: string;
  /** Whether it is UNIQUE. */
  readonly unique: boolean;
  /** Whether IF NOT EXISTS is written. */
  readonly ifNotExists: boolean;
  /** Offset in the script's text, in UTF-16 units, just after the table's name: ` USING btree (a)`. */
  readonly tail: number;
}

/**
 * @param tokens Those of the statement.
 * @returns Undefined for every other statement.
 */
export function concurrentIndexOf(
  { node, offsetOf }: ParsedStatement,
  { text, tokens }: { readonly text: string; readonly tokens: readonly Token[] },
): ConcurrentIndex | undefined {
  if (!("IndexStmt" in node) || !node.IndexStmt.concurrent) return undefined;
  const { idxname, relation, unique, if_not_exists } = node.IndexStmt;
  const name = offsetOf(relation?.location ?? 0);
  return {
    // The parser has truncated every name already.
    name: idxname,
    schema: relation?.schemaname,
    table: relation?.relname ?? "",
    unique: unique ?? false,
    ifNotExists: if_not_exists ?? false,
    tail: endOfTable(text, tokens.slice(tokens.findIndex((token) => token.start === name))),
  };
}

/** @param tokens From the first part of the table's name on: `a . b *`, `U&"x" UESCAPE '!'`, `b )`. */
function endOfTable(text: string, tokens: readonly Token[]): number {
  const word = (index: number) => {
    const token = tokens[index];
    return token === undefined ? "" : text.slice(token.start, token.end).toUpperCase();
  };
  let last = 0;
  while (true) {
    if (word(last + 1) === "UESCAPE") last += 2;
    if (word(last + 1) !== ".") break;
    last += 2;
  }
  // `b *` has the children included, `ONLY (b)` has them left out; the columns open with another `(`.
  if (word(last + 1) === "*" || word(last + 1) === ")") last++;
  return tokens[last]!.end;
}
