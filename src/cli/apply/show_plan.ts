/**
 * Prints a plan.
 *
 * @module
 */

import type { Step } from "../../plan/plan.ts";
import type { Output } from "../output/output.ts";
import { stepLine, stepRecord } from "../output/step_lines.ts";

/** Prints the steps of one database in their order. */
export function showPlan(
  output: Output,
  { database, server, steps, byHand }: {
    readonly database: string;
    /** The address of the server, without secrets. */
    readonly server: string;
    readonly steps: readonly Step[];
    /** Privileged steps are recorded, and not run. */
    readonly byHand: boolean;
  },
): void {
  output.print(
    steps.length === 0
      ? `${database}: nothing to do on ${server}`
      : `${database}: ${steps.length} to run on ${server}`,
  );
  for (const step of steps) {
    output.print(`  ${stepLine(step, { byHand })}`);
    output.record(stepRecord(step, { database, byHand }));
  }
}
