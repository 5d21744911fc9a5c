// Pure.
/**
 * Detects enum values that a script both adds and uses.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import type { SqlStatement } from "./script_statements.ts";

/**
 * True when a statement mentions an enum value that an earlier statement adds. PostgreSQL refuses
 * that inside one transaction, unless the transaction also created the type.
 */
export function usesNewEnumValue(
  statements: readonly Pick<SqlStatement, "node" | "start" | "end">[],
  text: string,
): boolean {
  const made = statements.flatMap(({ node }) =>
    "CreateEnumStmt" in node ? [nameOf(node.CreateEnumStmt.typeName)] : []
  );
  return statements.some(({ node, end }) => {
    if (!("AlterEnumStmt" in node)) return false;
    const { newVal, oldVal, typeName } = node.AlterEnumStmt;
    if (newVal === undefined || oldVal !== undefined || made.includes(nameOf(typeName))) {
      return false;
    }
    const literal = `'${newVal.replaceAll("'", "''")}'`;
    return statements.some((later) =>
      later.start >= end && text.slice(later.start, later.end).includes(literal)
    );
  });
}

function nameOf(parts: readonly Node[] = []): string {
  return JSON.stringify(parts.map((part) => "String" in part ? part.String.sval : ""));
}
