/**
 * One writer of new files at a time, so that two do not take the same version.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { Failure } from "../failure.ts";
import type { Clock } from "../runtime/clock.ts";
import { createFile, isDirectory, modifiedAt, remove } from "../runtime/files.ts";

const LOCK_FILE = ".migrator-add";

/** Milliseconds between two tries, until one gives up, and after which a writer is taken for dead. */
const RETRY = 25;
const WAIT_LIMIT = 10_000;
const STALE = 5_000;

/**
 * Works while no other writer works below the same directory. The lock is a file, in the nearest
 * directory that is there; one that was left by a process that died is removed.
 *
 * @throws {Failure} `source/busy`.
 * @throws What the work throws.
 */
export async function writeInTurn<T>(
  folder: string,
  { clock, work }: { readonly clock: Clock; readonly work: () => Promise<T> },
): Promise<T> {
  const lock = join(await nearest(resolve(folder)), LOCK_FILE);
  const began = clock.elapsed();
  while (!await take(lock)) {
    const age = clock.now() - (await modifiedAt(lock) ?? clock.now());
    if (age > STALE) await remove(lock);
    else if (clock.elapsed() - began < WAIT_LIMIT) await clock.sleep(RETRY);
    else {
      throw new Failure("source/busy", `Another \`migrator add\` is at work: ${lock} is there.`, {
        hint: `Try again. If no other runs: rm ${lock}`,
      });
    }
  }
  try {
    return await work();
  } finally {
    await remove(lock);
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await createFile(lock, "");
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "EEXIST") return false;
    throw new Failure(
      "source/not-written",
      `Writing ${lock} failed: ${(error as Error).message}.`,
      {
        hint: "Check that you may write to its directory, and the free space.",
        cause: error,
      },
    );
  }
}

/** The directory itself, or the next above it that is there. */
async function nearest(folder: string): Promise<string> {
  return await isDirectory(folder) || dirname(folder) === folder
    ? folder
    : await nearest(dirname(folder));
}
