/**
 * How a run behaves: what was typed, else what the project says, else the defaults.
 *
 * @module
 */

import type { Project } from "../project/project.ts";
import type { RunOptions } from "../runner/run_context.ts";

/** What may be typed. */
export interface RunChoice {
  readonly lockTimeout?: number;
  readonly lockRetries?: number;
  readonly lockWait?: number;
  readonly durable?: "run" | "each";
}

/**
 * Milliseconds. Two seconds for a table: long enough to get in, short enough for those who queue up
 * behind. The retries take about a minute and a half, with the delays between them.
 */
export const RUN_DEFAULTS: Required<RunOptions> = {
  lockTimeout: 2_000,
  lockRetries: 11,
  lockWait: 300_000,
  statementTimeout: 0,
  durable: "run",
};

/** @throws {Failure} `settings/*`. */
export function runOptions(
  typed: RunChoice,
  { project, database }: { readonly project: Project; readonly database: string },
): RunOptions {
  const choose = <K extends keyof RunOptions>(key: K) =>
    (typed as RunOptions)[key] ?? project.value(key, database) ?? RUN_DEFAULTS[key];
  return {
    lockTimeout: choose("lockTimeout"),
    lockRetries: choose("lockRetries"),
    lockWait: choose("lockWait"),
    statementTimeout: choose("statementTimeout"),
    durable: choose("durable"),
  } as RunOptions;
}
