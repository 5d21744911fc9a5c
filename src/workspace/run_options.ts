/**
 * How a run behaves: from options, else from the config, else from the defaults.
 *
 * @module
 */

import type { ConfigKey } from "../config/keys.ts";
import type { Config } from "../config/config.ts";
import type { RunOptions } from "../runner/context/run_context.ts";

/** What may be typed. */
export interface RunOptionValues {
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
  typed: RunOptionValues,
  { config, database }: { readonly config: Config; readonly database: string },
): RunOptions {
  const { lockTimeout, lockRetries, lockWait, statementTimeout, durable } = RUN_DEFAULTS;
  const said = <K extends ConfigKey>(key: K) => config.value(key, database);
  return {
    lockTimeout: typed.lockTimeout ?? said("lockTimeout") ?? lockTimeout,
    lockRetries: typed.lockRetries ?? said("lockRetries") ?? lockRetries,
    lockWait: typed.lockWait ?? said("lockWait") ?? lockWait,
    statementTimeout: said("statementTimeout") ?? statementTimeout,
    durable: typed.durable ?? said("durable") ?? durable,
  };
}
