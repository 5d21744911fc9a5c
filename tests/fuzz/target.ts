/**
 * What is fuzzed: something that reads what others wrote, and what must hold whatever they wrote.
 *
 * @module
 */

import process from "node:process";
import type * as fc from "fast-check";
import { SqlError } from "../../src/connection/session/session.ts";
import { Failure, Failures } from "../../src/failure.ts";

/** One reader. Its inputs are JSON values, so that the corpus can keep them. */
export interface Target<T = unknown> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<T>;
  /** How many inputs of a short run. */
  readonly runs: number;
  /** Milliseconds of CPU time that one input may take. */
  readonly limit: number;
  /** @throws What it must not throw: whatever is no `Failure`, or a broken promise. */
  read(input: T): void | Promise<void>;
}

/** A target of any input, for lists. */
export function target<T>(one: Target<T>): Target {
  return one as unknown as Target;
}

/** Passes over what may be thrown on purpose. @throws Everything else: defects. */
export async function failsWell(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    const isMeant = error instanceof Failure || error instanceof Failures ||
      error instanceof SqlError;
    if (!isMeant) throw error;
  }
}

/** How many times the limit an input may wait: on a busy machine the process gets little of the CPU. */
const WAITING = 10;

/** Reads one input within the limit. @throws {Error} Where it takes longer, or fails as it must not. */
export async function readInTime(one: Target, input: unknown): Promise<void> {
  const began = process.cpuUsage();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no end after ${WAITING * one.limit} ms`)),
      WAITING * one.limit,
    );
  });
  try {
    await Promise.race([one.read(input), late]);
  } finally {
    clearTimeout(timer);
  }
  // A timer does not interrupt what is quadratic, so its time is looked at afterwards.
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1000;
  if (took > one.limit) throw new Error(`it took ${took} ms of CPU time, not ${one.limit}`);
}
