/**
 * Writes the migrations of a database in another layout.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { BACKGROUND_FOLDER } from "../definition/layouts/background_folder.ts";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { clause } from "../format/clause.ts";
import { Failure } from "../failure.ts";
import {
  createDirectory,
  createFile,
  createParents,
  listDirectory,
  readBytes,
  remove,
} from "../runtime/files.ts";
import { folderOf } from "./add.ts";
import { convertedFiles } from "./converted_files.ts";
import type { ConvertedLayout } from "./convertible.ts";
import { directoryTree } from "./disk.ts";
import { loadDefinitions } from "./load_definitions.ts";

/** What to write, and where. */
export interface Conversion {
  readonly set: DefinitionSet;
  readonly layout: ConvertedLayout;
  /** The directory that the set was read from: a root of databases, or the database itself. */
  readonly root: string;
  /** A folder with the database's name is made below it. */
  readonly output: string;
}

/**
 * Writes all files or none, reads them again, and compares.
 *
 * @returns The paths of the files, beginning with `output`.
 * @throws {Failure} `source/not-written`, `definition/ambiguous-order`.
 */
export async function convertMigrations(conversion: Conversion): Promise<readonly string[]> {
  const { set, layout, root, output } = conversion;
  const { database } = set;
  const files = [
    ...await convertedFiles(set, layout),
    ...await batchedFiles(await folderOf(root, database)),
  ];
  const folder = join(output, database);
  let isOurs = false;
  try {
    await createDirectory(folder);
    isOurs = true;
    for (const { path, content } of files) {
      await createParents(join(folder, path));
      await createFile(join(folder, path), content);
    }
    await assertSame(set, folder, layout);
  } catch (error) {
    if (isOurs) await remove(folder);
    if (error instanceof Failure || (error as { code?: unknown }).code === undefined) throw error;
    throw notWritten(folder, error);
  }
  return files.map(({ path }) => join(folder, path));
}

/** Declarations of batched migrations are the same in every layout. */
async function batchedFiles(folder: string) {
  const names = await listDirectory(join(folder, BACKGROUND_FOLDER)) ?? [];
  return await Promise.all(
    names.filter(({ isDirectory }) => !isDirectory).map(async ({ name }) => {
      const path = `${BACKGROUND_FOLDER}/${name}`;
      return { path, content: await readBytes(join(folder, path)) ?? "" };
    }),
  );
}

/** A database that has applied the old files must agree with the new ones. */
async function assertSame(
  set: DefinitionSet,
  folder: string,
  layout: ConvertedLayout,
): Promise<void> {
  const { database } = set;
  const converted = await loadDefinitions(directoryTree(folder), { database, layout });
  const idsOf = ({ definitions }: DefinitionSet) =>
    definitions.map(({ version, up, down, defects }) => {
      const codes = defects?.up?.map(({ code }) => code) ?? [];
      return [version, up.checksum, up.transaction, down?.checksum, down?.transaction, ...codes]
        .join(" ");
    });
  const [before, after] = [idsOf(set), idsOf(converted)];
  const index = before.findIndex((id, index) => id !== after[index]);
  if (index === -1 && before.length === after.length) return;
  throw new Error(
    `migration ${set.definitions[index]?.version} of ${
      basename(folder)
    } would not stay what it is ` +
      `in the layout ${layout}`,
  );
}

function notWritten(folder: string, error: unknown): Failure {
  const reason = (error as { code?: unknown }).code === "EEXIST"
    ? "it is there already"
    : clause((error as Error).message);
  return new Failure("source/not-written", `Writing ${folder} failed: ${reason}.`, {
    hint: `Nothing was written. Name a folder that is not there yet: --output ${
      dirname(folder)
    }-converted`,
    cause: error,
  });
}
