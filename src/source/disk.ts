/**
 * Migrations in a directory.
 *
 * @module
 */

import { basename, resolve } from "node:path";
import type { DefinitionSet } from "../definition/definition.ts";
import type { Tree } from "../definition/layout.ts";
import { Failure } from "../failure.ts";
import { listDirectory, readBytes } from "../runtime/files.ts";
import { holdsMigrations, loadSet } from "./load_set.ts";
import type { Source } from "./source.ts";

/**
 * The databases under a directory: its subdirectories that hold migrations. A directory that holds
 * migrations itself, as golang-migrate's users have it, is one database, named after the directory.
 *
 * @throws {Failure} `source/not-found`, `source/no-databases`.
 */
export async function openDirectory(path: string): Promise<Source> {
  const entries = await listDirectory(path);
  if (entries === undefined) {
    throw new Failure(
      "source/not-found",
      `There is no directory ${path} to read migrations from.`,
      {
        hint:
          "Name it with --migrations DIR, or make the first migration with `migrator add NAME`.",
      },
    );
  }
  const label = `directory ${path}`;
  if (holdsMigrations(entries)) {
    return sourceOf(label, new Map([[basename(resolve(path)), path]]));
  }
  const databases = new Map<string, string>();
  for (const { name, isDirectory } of entries) {
    if (!isDirectory || name.startsWith(".")) continue;
    const directory = `${path}/${name}`;
    if (holdsMigrations(await listDirectory(directory) ?? [])) databases.set(name, directory);
  }
  if (databases.size === 0) {
    throw new Failure(
      "source/no-databases",
      `${path} holds no migrations, neither in subdirectories nor itself.`,
      {
        hint: "Migrations are found as DIR/<database>/<version>_<name>/up.sql or " +
          "DIR/<database>/<version>_<name>.up.sql. Name DIR with --migrations, " +
          "or make the first migration with `migrator add NAME`.",
      },
    );
  }
  return sourceOf(label, databases);
}

function sourceOf(label: string, directories: ReadonlyMap<string, string>): Source {
  const databases = [...directories.keys()].sort();
  return {
    label,
    databases,
    load(database): Promise<DefinitionSet> {
      const directory = directories.get(database);
      if (directory !== undefined) return loadSet(directoryTree(directory), database);
      return Promise.reject(
        new Failure("source/unknown-database", `The ${label} has no database ${database}.`, {
          hint: `Name one of these with --db: ${databases.join(", ")}.`,
          facts: { databases },
        }),
      );
    },
  };
}

/** A directory on disk, as layouts read it. */
export function directoryTree(directory: string): Tree {
  return {
    list: (path) => listDirectory(path === "" ? directory : `${directory}/${path}`),
    read: (path) => readBytes(`${directory}/${path}`),
  };
}
