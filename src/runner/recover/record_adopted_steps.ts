/**
 * Migrations that another tool has applied: their rows are written in one transaction, and nothing is
 * run.
 *
 * @module
 */

import { recordAdopted } from "../../history/attempt.ts";
import { representableValue } from "../../history/representable.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { raceWithLock } from "../context/run_context.ts";
import { attemptOf } from "../execute/build_statements.ts";
import { storeStepDefinitions } from "../execute/store_definitions.ts";
import type { Run } from "../execute/run.ts";

/** What is kept with a row. */
export interface AdoptedRow {
  readonly note: string;
  /** When the other tool applied it, in any form that PostgreSQL reads; undefined: not known. */
  readonly appliedAt: string | undefined;
}

/**
 * Executes steps by recording them, all or none.
 *
 * @param rowOf Asked for each step.
 */
export function recordAdoptedSteps(
  rowOf: (version: bigint) => AdoptedRow,
): NonNullable<Run["execute"]> {
  return async (context, steps, done) => {
    const { work, history, fence: number } = context;
    if (steps.length === 0) return;
    // What is kept of a version that is then not recorded is of no account.
    await storeStepDefinitions(context, steps);
    const rows: string[] = [];
    const notes = new Map<string, string>();
    for (const step of steps) {
      const { note: given, appliedAt } = rowOf(step.definition.version);
      const note = notes.get(given) ?? await raceWithLock(context, representableValue(work, given));
      notes.set(given, note);
      rows.push(recordAdopted(attemptOf(context, step), { note, appliedAt }));
    }
    await raceWithLock(context, runInternalTransaction(work, rows, { history, number }));
    for (const { definition: { version, name }, direction } of steps) {
      done.push({ version, name, direction, milliseconds: 0, byHand: true });
    }
  };
}
