/**
 * Writes what a command was asked to write into a file, and never replaces one.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { clause } from "../../format/clause.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createParents } from "../../runtime/files.ts";
import { beginFile } from "../../runtime/new_file.ts";

/**
 * Directories above it are made where they are not there.
 *
 * @throws {Failure} `usage/file-exists`, `usage/system`.
 */
export async function writeNewFile(file: string, text: string): Promise<void> {
  const mark = Math.floor(systemClock.random() * 2 ** 32).toString(36);
  if (await place(file, { text, mark }).catch(cannotWrite(file)) === "created") return;
  throw new Failure("usage/file-exists", `There is a file ${file} already.`, {
    hint: "Name another one, or remove it.",
  });
}

async function place(
  file: string,
  { text, mark }: { readonly text: string; readonly mark: string },
): Promise<"created" | "exists"> {
  await createParents(file);
  const begun = await beginFile(file, mark);
  try {
    await begun.write(text);
    return await begun.commit();
  } finally {
    await begun.discard();
  }
}

function cannotWrite(file: string): (error: unknown) => never {
  return (cause) => {
    throw new Failure(
      "usage/system",
      `Could not write ${file}: ${clause((cause as Error).message)}.`,
      { hint: "Name a file in a directory that you may write.", cause },
    );
  };
}
