/**
 * Migrations that another tool has applied: their rows are written in one transaction, and nothing is
 * run.
 *
 * @module
 */

import { recordAdopted, storeDefinitions } from "../../history/attempt.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import { raceWithLock } from "../context/run_context.ts";
import { attemptOf } from "../execute/build_messages.ts";
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
    const { work, history, fence: number, runner: { toolVersion } } = context;
    if (steps.length === 0) return;
    const kept = await Promise.all(steps.map(async ({ definition }) => ({
      definition,
      up: await definition.up.read(),
      down: await definition.down?.read(),
    })));
    const rows = steps.map((step) =>
      recordAdopted(attemptOf(context, step), rowOf(step.definition.version))
    );
    const statements = [storeDefinitions(history, { kept, toolVersion }), ...rows];
    await raceWithLock(context, runInternalTransaction(work, statements, { history, number }));
    for (const { definition: { version, name }, direction } of steps) {
      done.push({ version, name, direction, milliseconds: 0, byHand: true });
    }
  };
}
