// Pure.
/**
 * The work of a migration that is written in SQL.
 *
 * @module
 */

import type { Answer } from "../connection/session.ts";
import { renderTemplate } from "../definition/sql_template.ts";
import type { StoredMigration } from "./store.ts";
import type { Work } from "./work.ts";

/** Commands whose count is of rows that changed. */
const WRITING = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** Undefined for a migration that is written in TypeScript. */
export function sqlWork({ declaration, way }: StoredMigration): Work | undefined {
  const templates = way === "up" ? declaration.sql : declaration.down ?? [];
  if (templates.length === 0) return undefined;
  return async ({ condition, send }) => {
    const filling = { condition, arguments: declaration.arguments };
    const answers = await send(templates.map((template) => renderTemplate(template, filling)));
    return answers.reduce(changed, 0);
  };
}

function changed(sum: number, { command, count }: Answer): number {
  return WRITING.has(command) ? sum + count : sum;
}
