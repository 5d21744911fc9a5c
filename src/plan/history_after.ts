// Pure.
/**
 * The state that a plan leads to.
 *
 * @module
 */

import type { History, VersionState } from "../history/history.ts";
import type { Plan } from "./plan.ts";

/** The history after all steps of a plan have succeeded. */
export function historyAfter(history: History, { steps }: Plan): History {
  const versions = new Map<bigint, VersionState>(history.versions);
  for (const { definition: { version }, direction, script: { checksum } } of steps) {
    const state = direction === "up" ? "applied" : "reverted";
    versions.set(version, { version, state, direction, checksum });
  }
  return { ...history, installed: history.installed || steps.length > 0, versions };
}
