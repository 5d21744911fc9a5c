/**
 * Records steps that a person ran or undid by hand, and runs nothing.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import { recordManually } from "../../history/attempt.ts";
import { storeStepDefinitions } from "../execute/store_definitions.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { attemptOf } from "../execute/build_statements.ts";
import type { Run } from "../execute/run.ts";
import { raceWithLock } from "../context/run_context.ts";

/** Returns an executor that only records the steps, with the person's reason. */
export function recordSteps(reason: string): NonNullable<Run["execute"]> {
  return async (context, steps, done) => {
    const { work, history, fence: number } = context;
    await storeStepDefinitions(context, steps);
    const note = await raceWithLock(context, representableValue(work, reason));
    for (const step of steps) {
      const { definition: { version, name }, direction } = step;
      const row = recordManually(attemptOf(context, step), note);
      await raceWithLock(context, runInternalTransaction(work, [row], { history, number }));
      done.push({ version, name, direction, milliseconds: 0, byHand: true });
    }
  };
}
