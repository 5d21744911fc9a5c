/**
 * Reads migrations from a directory.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { basename, resolve } from "node:path";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { holdsMigrations, isMarked } from "../definition/layouts/detect_layout.ts";
import { redactText } from "../connection/settings/redact.ts";
import type { LayoutReading, Tree, TreeEntry } from "../definition/layouts/layout.ts";
import { listed } from "../definition/layouts/listed.ts";
import { Failure } from "../failure.ts";
import {
  type DirectoryEntry,
  listDirectory,
  permissions,
  readRegularFile,
} from "../runtime/files.ts";
import { listNamed } from "./list_named.ts";
import { loadDefinitions } from "./load_definitions.ts";
import { readReleaseFiles, RELEASES_FOLDER } from "./release_files.ts";
import type { CodeDefinitions, LoadOptions, Source } from "./source.ts";

/**
 * The databases under a directory: its subdirectories that hold migrations. A directory that holds
 * migrations itself, as golang-migrate's users have it, is one database, named after the directory.
 *
 * @param readingOf What a project says of the migrations of one of them.
 * @throws {Failure} `source/not-found`, `source/no-databases`, `source/mixed-root`, `source/unreadable`.
 */
export async function openDirectory(
  path: string,
  readingOf: (database: string) => LayoutReading = () => ({}),
): Promise<Source> {
  const entries = await readable(path, () => entriesIn(path));
  if (entries === undefined) {
    throw new Failure(
      "source/not-found",
      `There is no directory ${path} to read migrations from.`,
      {
        hint:
          "Name it with --migrations DIR, or make the first migration with `migrator add NAME --db DATABASE`.",
      },
    );
  }
  const label = `directory ${redactText(path)}`;
  if (holdsMigrations(entries)) {
    await refuseMixedRoot(path, entries);
    const directories = new Map([[basename(resolve(path)), path]]);
    return sourceOf(label, { root: path, directories, readingOf });
  }
  const databases = new Map<string, string>();
  const empty = new Map<string, string>();
  for (const { name, isDirectory } of entries) {
    if (!isDirectory || name.startsWith(".")) continue;
    const directory = `${path}/${name}`;
    const inside = await readable(directory, () => listDirectory(directory));
    const holding = holdsMigrations(inside ?? []);
    if (name === RELEASES_FOLDER && !holding) continue;
    (holding ? databases : empty).set(name, directory);
  }
  const warnings = await leaveOutUnknown(databases, { empty, readingOf });
  if (databases.size === 0) {
    throw new Failure(
      "source/no-databases",
      `${path} holds no migrations, neither in subdirectories nor itself.`,
      {
        hint: "Migrations are found as DIR/<database>/<version>_<name>/up.sql, " +
          "DIR/<database>/<version>_<name>.up.sql, and as many other tools name them. Name DIR with " +
          "--migrations, " +
          "or make the first migration with `migrator add NAME --db DATABASE`.",
      },
    );
  }
  return sourceOf(label, { root: path, directories: databases, empty, readingOf, warnings });
}

/**
 * Moves directories whose numbered files may be any tool's from the databases to the empty ones, if
 * there are others: scripts that were never migrations must not keep those from being read.
 *
 * @returns A word about each.
 */
async function leaveOutUnknown(
  databases: Map<string, string>,
  { empty, readingOf }: {
    readonly empty: Map<string, string>;
    readonly readingOf: (database: string) => LayoutReading;
  },
): Promise<readonly string[]> {
  const unknown: [string, string][] = [];
  for (const [name, directory] of databases) {
    const isKnown = readingOf(name).layout !== undefined ||
      await isMarked(directoryTree(directory));
    if (!isKnown) unknown.push([name, directory]);
  }
  if (unknown.length === databases.size) return [];
  return unknown.map(([name, directory]) => {
    databases.delete(name);
    empty.set(name, directory);
    return `${directory} is not read: nothing shows which tool its numbered files are for. If they ` +
      `are migrations, name it in migrator.yaml: databases: {${name}: {layout: …}}`;
  });
}

/**
 * One stray file would otherwise make all databases below it vanish, and their migrations with them.
 *
 * @throws {Failure} `source/mixed-root`.
 */
async function refuseMixedRoot(path: string, entries: readonly TreeEntry[]): Promise<void> {
  const isOwn = (entry: TreeEntry) => holdsMigrations([entry]);
  const databases: string[] = [];
  for (const entry of entries) {
    const { name, isDirectory } = entry;
    if (!isDirectory || name.startsWith(".") || isOwn(entry)) continue;
    const inside = await readable(`${path}/${name}`, () => listDirectory(`${path}/${name}`));
    if (holdsMigrations(inside ?? [])) databases.push(name);
  }
  if (databases.length === 0) return;
  const own = entries.filter(isOwn).map(({ name }) => name);
  throw new Failure(
    "source/mixed-root",
    `${path} holds migrations itself (${own.slice(0, 3).join(", ")}${
      own.length > 3 ? ", …" : ""
    }) and databases below it (${databases.join(", ")}).`,
    {
      hint:
        `Move ${
          own[0]
        } into the directory of its database, or out of ${path}. A directory is one ` +
        "database, or holds databases.",
      facts: { migrations: own, databases },
    },
  );
}

/** @param options.empty Directories that may be meant to be databases but hold no migrations. */
function sourceOf(
  label: string,
  { root, directories, empty, readingOf, warnings = [] }: {
    readonly root: string;
    readonly directories: ReadonlyMap<string, string>;
    readonly empty?: ReadonlyMap<string, string>;
    readonly warnings?: readonly string[];
    readonly readingOf: (database: string) => LayoutReading;
  },
): Source {
  const databases = [...directories.keys()].sort();
  const entriesOf = async (database: string) =>
    await entriesIn(directories.get(database) ?? "") ?? [];
  const load = async (
    database: string,
    codeDefinitions?: CodeDefinitions,
    { known }: LoadOptions = {},
  ): Promise<DefinitionSet> => {
    const directory = directories.get(database) ?? empty?.get(database);
    if (directory !== undefined) {
      const reading = readingOf(database);
      return await loadDefinitions(directoryTree(directory), {
        ...reading,
        database,
        codeDefinitions,
        known,
      });
    }
    throw new Failure("source/unknown-database", `The ${label} has no database ${database}.`, {
      hint: `Name one of these with --db: ${databases.join(", ")}.`,
      facts: { databases },
    });
  };
  return {
    label,
    databases,
    warnings,
    directory: root,
    releases: () => readReleaseFiles(root),
    load,
    list: async (database) => listed(await entriesOf(database)),
    listNamed: async (database, codeDefinitions) => {
      const entries = await entriesOf(database);
      const named = await listNamed(directories.get(database) ?? "", entries);
      return named ?? (await load(database, codeDefinitions)).definitions;
    },
  };
}

/**
 * A directory on disk, as layouts read it.
 *
 * @throws {Failure} `source/unreadable`, when used: the operating system refuses.
 */
export function directoryTree(directory: string): Tree {
  return {
    list: (path) => {
      const full = path === "" ? directory : `${directory}/${path}`;
      return readable(full, () => entriesIn(full));
    },
    read: (path) => readable(`${directory}/${path}`, () => readRegularFile(`${directory}/${path}`)),
  };
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("source/unreadable", `Reading ${path} failed: ${clause(reason)}.`, {
      hint: "Check that it is a file or directory of that kind and that you may read it.",
      cause: error,
    });
  }
}

/** What stands for bytes that are not UTF-8 when a name is read as text. */
const REPLACEMENT = "\uFFFD";

/**
 * What a directory holds, as `listDirectory` gives it.
 *
 * @throws {Failure} `source/file-name`: names that are not UTF-8, all of them. Read as text they name
 * nothing, and their files would seem to be missing.
 */
async function entriesIn(directory: string): Promise<readonly DirectoryEntry[] | undefined> {
  const entries = await listDirectory(directory);
  const unreadable: string[] = [];
  for (const { name } of entries ?? []) {
    const path = `${directory}/${name}`;
    if (name.includes(REPLACEMENT) && await permissions(path) === undefined) unreadable.push(path);
  }
  if (unreadable.length === 0) return entries;
  throw new Failure(
    "source/file-name",
    unreadable.length === 1
      ? `The name of ${unreadable[0]} is not UTF-8.`
      : `These names are not UTF-8:\n  ${unreadable.join("\n  ")}`,
    {
      hint:
        `Rename ${unreadable.length === 1 ? "it" : "them"} in UTF-8. Their bytes are shown by: ` +
        `ls -b ${directory}`,
      facts: { files: unreadable },
    },
  );
}
