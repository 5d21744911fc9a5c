// Pure.
/**
 * Reduces the syntax trees of statements that only move data.
 *
 * @module
 */

import type { Node } from "@pgsql/types";

const MOVES_DATA = ["DeleteStmt", "InsertStmt", "MergeStmt", "SelectStmt", "UpdateStmt"] as const;

const REDUCED: ReadonlyMap<string, Node> = new Map(
  MOVES_DATA.map((kind) => [kind, { [kind]: {} } as unknown as Node]),
);

/** A function may change the session, and SELECT INTO creates a table. */
const TELLING = ["FuncCall", "intoClause"];

/**
 * The tree of a statement by its kind only, if it moves data and calls no function. A file may have a
 * million of them, and each tree takes twenty times its text.
 */
export function withoutData(node: Node): Node {
  for (const [kind, reduced] of REDUCED) {
    if (kind in node) return tells(node) ? node : reduced;
  }
  return node;
}

function tells(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return TELLING.some((key) => key in value) || Object.values(value).some(tells);
}
