// Pure.
/**
 * Plans the step that a person records after inspecting the database. Nothing is run.
 *
 * @module
 */

import type { Direction } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { type History, isIncomplete } from "../history/history.ts";
import { findTarget, migrationLabel, type Plan, type PlanInput } from "./plan.ts";

/** The state of a version that a person can correct. */
export type RecordedState = "applied" | "not applied" | "dirty";

/**
 * The state of a version when no other runner holds the lock: then a running attempt was interrupted.
 */
export function recordedStateOf(history: History, version: bigint): RecordedState {
  const known = history.versions.get(version);
  if (known?.state === "applied") return known.state;
  return known && isIncomplete(known) ? "dirty" : "not applied";
}

/**
 * The one step to be recorded. A down step without a down script gets the up script.
 *
 * @param wish.seen The state of the version when the person decided.
 * @throws {Failure} `plan/unknown-target`; `history/already-so`; `history/changed` when a runner has
 * changed the state since.
 */
export function planManualRecord(
  input: PlanInput,
  { version, direction, seen }: {
    readonly version: bigint;
    readonly direction: Direction;
    readonly seen: RecordedState;
  },
): Plan {
  const { database, history } = input;
  const definition = findTarget(input, version);
  const now = recordedStateOf(history, version);
  const name = `Migration ${migrationLabel(definition)} of "${database}"`;
  const refuse = (code: "history/already-so" | "history/changed", message: string) =>
    new Failure(code, `${message} Nothing was recorded.`, {
      hint: `See every attempt: migrator describe ${version} --db ${database}`,
      facts: { database, version: String(version), standing: now },
    });
  if (now === (direction === "up" ? "applied" : "not applied")) {
    throw refuse("history/already-so", `${name} is ${now} already.`);
  }
  if (now !== seen) {
    throw refuse("history/changed", `${name} was ${seen}, and is ${now} since another run ended.`);
  }
  const script = direction === "up" ? definition.up : definition.down ?? definition.up;
  return { database, steps: [{ definition, direction, script }] };
}
