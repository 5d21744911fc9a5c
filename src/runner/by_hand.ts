/**
 * Steps that a person has done, or undone, by hand: their rows are written, and nothing is run.
 *
 * @module
 */

import { recordByHand, storeDefinition } from "../history/attempt.ts";
import { inOwnTransaction } from "./own_transaction.ts";
import { attemptOf } from "./prepared.ts";
import type { Run } from "./run.ts";
import { guarded } from "./run_context.ts";

/** Carries steps out by recording them, with the person's reason. */
export function byHand(reason: string): NonNullable<Run["carryOut"]> {
  return async (context, steps, done) => {
    const { work, history, fence: number } = context;
    for (const step of steps) {
      const { definition: { version, name, up, down }, direction } = step;
      const attempt = attemptOf(context, step);
      const rows = [recordByHand(attempt, reason)];
      if (direction === "up") {
        rows.push(storeDefinition(attempt, { up: await up.read(), down: await down?.read() }));
      }
      await guarded(context, inOwnTransaction(work, rows, { history, number }));
      done.push({ version, name, direction, milliseconds: 0 });
    }
  };
}
