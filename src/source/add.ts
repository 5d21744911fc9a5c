/**
 * Writes the files of a new migration.
 *
 * @module
 */

import { basename, resolve } from "node:path";
import { holdsMigrations } from "../definition/layouts/detect_layout.ts";
import type { LayoutReading } from "../definition/layouts/layout.ts";
import { listDirectory } from "../runtime/files.ts";
import { directoryTree } from "./disk.ts";
import { loadDefinitions } from "./load_definitions.ts";
import { nextMigration } from "./next_migration.ts";
import { type AddedMigration, writeTemplate } from "./write_template.ts";

/** What to add and where. */
export interface NewMigration {
  /** The directory that holds the databases, or a directory that is one database itself. */
  readonly root: string;
  readonly database: string;
  /** In the author's words. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the project says of the database's migrations. */
  readonly reading?: LayoutReading;
}

/**
 * Adds a migration after all others, in the layout that the database uses; the first one of a
 * database is in the layout that the project names, or gets a directory. Either all files are there
 * afterwards or none.
 *
 * @throws {Failure | Failures} `definition/*` and `graph/*` when the set is defective already;
 * `source/not-written`.
 */
export async function addMigration(
  { root, database, name, now, reading = {} }: NewMigration,
): Promise<AddedMigration> {
  const folder = await folderOf(root, database);
  const isNew = !holdsMigrations(await listDirectory(folder) ?? []);
  const set = isNew
    ? undefined
    : await loadDefinitions(directoryTree(folder), { ...reading, database });
  return await writeTemplate(
    folder,
    nextMigration(set, { database, name, now, layout: reading.layout }),
  );
}

/** Where a database's files are. */
export async function folderOf(root: string, database: string): Promise<string> {
  const isDatabase = basename(resolve(root)) === database &&
    holdsMigrations(await listDirectory(root) ?? []);
  return isDatabase ? root : `${root}/${database}`;
}
