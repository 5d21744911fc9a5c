/**
 * Steps that a person has done, or undone, by hand: their rows are written, and nothing is run.
 *
 * @module
 */

import { recordByHand } from "../history/attempt.ts";
import { keepDefinitions } from "./keep_definitions.ts";
import { inOwnTransaction } from "./own_transaction.ts";
import { attemptOf } from "./prepared.ts";
import type { Run } from "./run.ts";
import { guarded } from "./run_context.ts";

/** Carries steps out by recording them, with the person's reason. */
export function byHand(reason: string): NonNullable<Run["carryOut"]> {
  return async (context, steps, done) => {
    const { work, history, fence: number } = context;
    await keepDefinitions(context, steps);
    for (const step of steps) {
      const { definition: { version, name }, direction } = step;
      const row = recordByHand(attemptOf(context, step), reason);
      await guarded(context, inOwnTransaction(work, [row], { history, number }));
      done.push({ version, name, direction, milliseconds: 0, byHand: true });
    }
  };
}
