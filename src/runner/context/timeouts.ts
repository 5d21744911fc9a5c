// Pure.
/**
 * The timeouts of a step: those of its migration, else those of the run.
 *
 * @module
 */

import type { Step } from "../../plan/plan.ts";
import type { RunOptions } from "./run_context.ts";

/** Milliseconds that one statement of a step may wait for a lock. */
export function lockTimeoutOf(
  { options }: { readonly options: Pick<RunOptions, "lockTimeout"> },
  { definition: { metadata } }: Step,
): number {
  return metadata.lockTimeout ?? options.lockTimeout;
}

/** Milliseconds that one statement of a step may run; 0 is no limit. */
export function statementTimeoutOf(
  { options }: { readonly options: Pick<RunOptions, "statementTimeout"> },
  { definition: { metadata } }: Step,
): number {
  return metadata.statementTimeout ?? options.statementTimeout ?? 0;
}
