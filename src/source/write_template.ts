/**
 * Writes the files of a migration to disk: all of them, or none.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { Failure } from "../failure.ts";
import { createDirectory, createFile, listDirectory, remove } from "../runtime/files.ts";
import type { Template } from "./templates.ts";

/** What was added. */
export interface AddedMigration {
  readonly version: bigint;
  /** All leaves that there were, ascending; none for the first migration. */
  readonly parents: readonly bigint[];
  /** The files, beginning with `root`: up, down and, in the directory layout, metadata. */
  readonly paths: readonly string[];
}

/**
 * Writes them into a database's folder, which is made where it is not there.
 *
 * @throws {Failure} `source/not-written`.
 */
export async function writeTemplate(
  folder: string,
  { version, parents, directory, files }: Template,
): Promise<AddedMigration> {
  const made: string[] = [];
  const paths = files.map(({ path }) => `${folder}/${path}`);
  try {
    if (directory !== undefined) {
      await createDirectory(`${folder}/${directory}`);
      made.push(`${folder}/${directory}`);
    } else if (await listDirectory(folder) === undefined) {
      await createDirectory(folder);
      made.push(folder);
    }
    for (const { path, content } of files) {
      await createFile(`${folder}/${path}`, content);
      made.push(`${folder}/${path}`);
    }
  } catch (error) {
    for (const path of made.reverse()) await remove(path);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      "source/not-written",
      `Writing a migration to ${folder} failed: ${clause(reason)}.`,
      {
        hint:
          "Nothing was left behind. Check the name, the rights and the free space, and try again.",
        cause: error,
      },
    );
  }
  return { version, parents, paths };
}
