// Pure.
/**
 * Describes the index that CREATE INDEX CONCURRENTLY creates.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import type { Token } from "./scanner.ts";

/** The index that a script builds concurrently, as far as its text tells. */
export interface ConcurrentIndex {
  /**
   * Unqualified, truncated to 63 bytes as PostgreSQL does. Undefined when the statement names none.
   */
  readonly name: string | undefined;
  /** The schema written with the table, if any. */
  readonly schema: string | undefined;
  /** The table, as written. */
  readonly table: string;
  /** Whether it is UNIQUE. */
  readonly unique: boolean;
  /** Whether IF NOT EXISTS is written. */
  readonly ifNotExists: boolean;
  /**
   * Offset just after the table's name in the script's text, in UTF-16 units: ` USING btree (a)`.
   */
  readonly tail: number;
}

/**
 * @returns Undefined for other statements.
 */
export function concurrentIndexOf(
  statement: {
    readonly node: Node;
    readonly tokens: readonly Token[];
    offsetOf(location: number): number;
  },
  text: string,
): ConcurrentIndex | undefined {
  const { node } = statement;
  if (!("IndexStmt" in node) || !node.IndexStmt.concurrent) return undefined;
  const { idxname, relation, unique, if_not_exists } = node.IndexStmt;
  const name = statement.offsetOf(relation?.location ?? 0);
  const { tokens } = statement;
  return {
    // The parser has already truncated every name.
    name: idxname,
    schema: relation?.schemaname,
    table: relation?.relname ?? "",
    unique: unique ?? false,
    ifNotExists: if_not_exists ?? false,
    tail: endOfTable(text, tokens.slice(tokens.findIndex((token) => token.start === name))),
  };
}

/** @param tokens Begin with the table's name: `a . b *`, `U&"x" UESCAPE '!'`, `b )`. */
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
  // `b *` includes the children, `ONLY (b)` excludes them; another `(` opens the columns.
  if (word(last + 1) === "*" || word(last + 1) === ")") last++;
  return tokens[last]!.end;
}
