// Pure.
/**
 * What a person records after having looked at the database: nothing of it is run.
 *
 * @module
 */

import type { Direction } from "../definition/definition.ts";
import { Failure } from "../failure.ts";
import { type History, isUnsettled } from "../history/state.ts";
import { describe, findTarget, type Plan, type Situation } from "./plan.ts";

/** Where a version stands, as far as a person who corrects it is concerned. */
export type Standing = "applied" | "not applied" | "dirty";

/**
 * Where a version stands for whoever holds the lock, or finds that nobody does: then what looks as if
 * it were running was cut off.
 */
export function standingOf(history: History, version: bigint): Standing {
  const known = history.versions.get(version);
  if (known?.state === "applied") return known.state;
  return known && isUnsettled(known) ? "dirty" : "not applied";
}

/**
 * The one step to be recorded. Where a way back has no script, it has that of the way up.
 *
 * @param wish.seen Where the version stood when the person decided.
 * @throws {Failure} `plan/unknown-target`; `history/already-so`; `history/changed` when a runner was
 * there since.
 */
export function planByHand(
  situation: Situation,
  { version, direction, seen }: {
    readonly version: bigint;
    readonly direction: Direction;
    readonly seen: Standing;
  },
): Plan {
  const { database, history } = situation;
  const definition = findTarget(situation, version);
  const now = standingOf(history, version);
  const name = `Migration ${describe(definition)} of "${database}"`;
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
