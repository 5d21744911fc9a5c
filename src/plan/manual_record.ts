// Pure.
/**
 * Plans what a person records after looking at the database; nothing of it is run.
 *
 * @module
 */

import type { Direction } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { type History, isIncomplete } from "../history/history.ts";
import { findTarget, migrationLabel, type Plan, type PlanInput } from "./plan.ts";

/** Where a version stands, as far as a person who corrects it is concerned. */
export type RecordedState = "applied" | "not applied" | "dirty";

/**
 * Where a version stands for whoever holds the lock, or finds that nobody does: then what looks as if
 * it were running was cut off.
 */
export function recordedStateOf(history: History, version: bigint): RecordedState {
  const known = history.versions.get(version);
  if (known?.state === "applied") return known.state;
  return known && isIncomplete(known) ? "dirty" : "not applied";
}

/**
 * The one step to be recorded. Where a way back has no script, it has that of the way up.
 *
 * @param wish.seen Where the version stood when the person decided.
 * @throws {Failure} `plan/unknown-target`; `history/already-so`; `history/changed` when a runner was
 * there since.
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
