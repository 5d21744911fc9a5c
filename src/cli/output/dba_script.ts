// Pure.
/**
 * Formats privileged migrations as a psql script that an administrator reads and runs.
 *
 * @module
 */

import type { FileTransaction } from "../../definition/migration/definition.ts";
import { scriptParts } from "../../definition/migration/script_parts.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { StepWithSql } from "../../plan/privileged.ts";
import { escapeControls } from "../../format/escape_controls.ts";

/** The steps of one database. */
export interface DatabaseSection {
  readonly database: string;
  /** Address of the server, without secrets. */
  readonly server: string;
  /** Steps to run now, in this order. */
  readonly now: readonly StepWithSql[];
  readonly later: readonly Step[];
}

/**
 * The statements are the files' text unchanged; explanations are comments.
 *
 * @param more.next What to type afterwards.
 */
export function dbaScript(
  sections: readonly DatabaseSection[],
  more: { readonly next: string },
): string {
  const needed = sections.filter(({ now }) => now.length > 0);
  const lines = [
    "-- Privileged migrations, for an administrator to run with psql.",
    ...(needed.length > 1 ? ["-- Each section belongs in the PostgreSQL database it names."] : []),
    comment(`Afterwards: ${more.next}`),
    "\\set ON_ERROR_STOP on",
  ];
  for (const { database, server, now, later } of needed) {
    lines.push("", comment(`Database "${database}", on ${server}`));
    for (const { step, statements } of now) {
      lines.push("", comment(`${migrationLabel(step.definition)}, ${step.script.path}`));
      for (const { first, end, transaction } of scriptParts(step.script)) {
        const own = statements.slice(first, end).map((statement) => `${statement};`);
        lines.push(...transaction ? inTransaction(own, transaction) : own);
      }
    }
    if (later.length > 0) lines.push("");
    for (const { definition } of later) {
      lines.push(
        comment(`Not yet, something else has to run first: ${migrationLabel(definition)}`),
      );
    }
  }
  return lines.join("\n");
}

function inTransaction(
  statements: readonly string[],
  { modes, isRolledBack }: FileTransaction,
): readonly string[] {
  return [
    `BEGIN${modes === undefined ? "" : ` ${modes}`};`,
    ...statements,
    isRolledBack ? "ROLLBACK;" : "COMMIT;",
  ];
}

/** A name may contain a line break, which must not end the comment. */
function comment(text: string): string {
  return `-- ${escapeControls(text)}`;
}
