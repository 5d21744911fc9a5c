/**
 * Run options: from the command line, else from the settings, else the defaults.
 *
 * @module
 */

import type { ConfigKey } from "../config/keys.ts";
import type { Config } from "../config/config.ts";
import type { RunOptions } from "../runner/context/run_context.ts";

/** Values from the command line. */
export interface RunOptionValues {
  readonly lockTimeout?: number;
  readonly lockRetries?: number;
  readonly lockWait?: number;
  readonly durable?: "run" | "each";
}

/**
 * Milliseconds. A lock timeout of two seconds is long enough to get most locks, and short enough
 * for the sessions that queue behind. The retries and the delays between them take about a minute
 * and a half.
 */
export const RUN_DEFAULTS: Required<RunOptions> = {
  lockTimeout: 2_000,
  lockRetries: 11,
  lockWait: 300_000,
  statementTimeout: 0,
  rowSecurity: "refuse",
  durable: "run",
};

/** @throws {Failure} `settings/*`. */
export function runOptions(
  typed: RunOptionValues,
  { config, database }: { readonly config: Config; readonly database: string },
): RunOptions {
  const { lockTimeout, lockRetries, lockWait, statementTimeout, rowSecurity, durable } =
    RUN_DEFAULTS;
  const configured = <K extends ConfigKey>(key: K) => config.value(key, database);
  return {
    lockTimeout: typed.lockTimeout ?? configured("lockTimeout") ?? lockTimeout,
    lockRetries: typed.lockRetries ?? configured("lockRetries") ?? lockRetries,
    lockWait: typed.lockWait ?? configured("lockWait") ?? lockWait,
    statementTimeout: configured("statementTimeout") ?? statementTimeout,
    rowSecurity: configured("rowSecurity") ?? rowSecurity,
    durable: typed.durable ?? configured("durable") ?? durable,
  };
}
