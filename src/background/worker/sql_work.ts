// Pure.
/**
 * The work of a batched migration written in SQL.
 *
 * @module
 */

import type { Answer } from "../../connection/session/session.ts";
import type { SqlTemplate } from "../../definition/batched/sql_template.ts";
import { renderTemplate } from "../../definition/batched/sql_template.ts";
import type { StoredMigration } from "../state/rows.ts";
import type { SubBatch, SubBatchWork } from "./sub_batch_work.ts";

/** Commands whose count is the number of changed rows. */
const WRITING = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** Returns the work of a migration; undefined if it is written in TypeScript. */
export function sqlWork(migration: StoredMigration): SubBatchWork | undefined {
  if (templatesOf(migration).length === 0) return undefined;
  return async ({ condition, send }) => {
    const answers = await send(bodyStatements(migration, condition));
    return answers.reduce(changedRows, 0);
  };
}

/** The statements of one sub-batch; empty for a migration written in TypeScript. */
export function bodyStatements(
  migration: StoredMigration,
  condition: SubBatch["condition"],
): readonly string[] {
  const values = { condition, arguments: migration.declaration.arguments };
  return templatesOf(migration).map((template) => renderTemplate(template, values));
}

function templatesOf({ declaration, direction }: StoredMigration): readonly SqlTemplate[] {
  return direction === "up" ? declaration.sql : declaration.down ?? [];
}

/** Adds the rows that a statement changed to a sum; a reducer. */
export function changedRows(sum: number, { command, count }: Answer): number {
  return WRITING.has(command) ? sum + count : sum;
}
