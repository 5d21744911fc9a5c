// Pure.
/**
 * Which batched migration another one waits for: workers run one at a time on each table.
 *
 * @module
 */

import { isRunnable } from "../state/state_machine.ts";
import type { ProgressSnapshot } from "./progress_snapshot.ts";

/**
 * The migration that is run first; undefined if it waits for none. A paused or held one blocks
 * nobody.
 */
export function waitsBehind(
  snapshot: ProgressSnapshot,
  all: readonly ProgressSnapshot[],
): ProgressSnapshot | undefined {
  if (!isInLine(snapshot)) return undefined;
  return all.find((other) =>
    isInLine(other) && other.table === snapshot.table && BigInt(other.id) < BigInt(snapshot.id)
  );
}

function isInLine({ status, held }: ProgressSnapshot): boolean {
  return isRunnable(status) && held?.until === undefined;
}
