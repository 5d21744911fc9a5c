/**
 * Puts rows back that were in a shadow before.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { compareRows } from "./compare_rows.ts";
import type { Rows, TableRows } from "./table_rows.ts";

/**
 * Makes the rows of tables that differ what they should be; the tables are as they should be already.
 * Triggers and foreign keys are not asked, which takes a superuser.
 *
 * @throws {SqlError} What the server refused.
 */
export async function restoreRows(
  session: Session,
  { expected, actual }: { readonly expected: Rows; readonly actual: Rows },
): Promise<void> {
  const differences = compareRows(expected, actual);
  if (differences.length === 0) return;
  await session.query("SET session_replication_role = replica");
  for (const { table } of differences) {
    await session.query(`DELETE FROM ONLY ${table}`);
    const kept = expected.get(table);
    if (kept !== undefined) await session.query(insertion(table, kept));
  }
  await session.query("RESET session_replication_role");
}

function insertion(table: string, { rows, generated }: TableRows): string {
  const columns = Object.keys(rows[0]!).filter((name) => !generated.includes(name))
    .map(quoteIdentifier).join(", ");
  return `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE
    SELECT ${columns}
    FROM pg_catalog.jsonb_populate_recordset(NULL::${table}, ${
    quoteLiteral(JSON.stringify(rows))
  }::jsonb)`;
}
