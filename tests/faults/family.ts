/**
 * What a family of faults is: points, each tried on a run of its own and judged by the same oracle.
 *
 * @module
 */

import type { Lab } from "./lab.ts";

/** What the database needed after the fault, before `up` could finish. */
export type Mending = "none" | "repair" | "person";

/** How a run survived one point. */
export interface Survival {
  readonly mending: Mending;
  /** How the disturbed run ended: its exit status and the code of its failure, for the report. */
  readonly ended: string;
  /** False if the run ended before the fault could strike. */
  readonly hit: boolean;
  /** Migrations that the run reported as applied, and that the server lost with what was not durable. */
  readonly lost: number;
}

/** One fault. */
export interface Point {
  /** From 1; the same seed gives the same points. */
  readonly number: number;
  readonly name: string;
  /** @throws When what the run said or left contradicts the oracle. */
  strike(lab: Lab): Promise<Survival>;
}

/** Which points are wanted. */
export interface Choice {
  readonly seed: number;
  /** Default: as many as the family needs to strike everywhere. */
  readonly count?: number;
}

/** One kind of fault. */
export interface Family {
  readonly name: string;
  /** What is done to a run, for the report. */
  readonly what: string;
  /** Points that a lab can try at the same time: 1 if they stop its server or use its CPU. */
  readonly atOnce: number;
  /** Why this machine cannot try it; undefined if it can. */
  impossible?(): string | undefined;
  choose(lab: Lab, choice: Choice): readonly Point[];
}

/** From 0 up to 1; the same sequence for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A list in a random order, cut to `count`. */
export function drawn<T>(list: readonly T[], { seed, count }: Choice): readonly T[] {
  if (count === undefined || count >= list.length) return list;
  const next = random(seed);
  const keyed = list.map((item) => ({ item, key: next() }));
  return keyed.sort((one, other) => one.key - other.key).slice(0, count).map(({ item }) => item);
}
