/**
 * What a computation costs, however busy the machine is.
 *
 * @module
 */

import process from "node:process";

/** Seconds of CPU time that this process spends on it; the load of others does not count. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
