/**
 * Migrations that a program holds in memory.
 *
 * @module
 */

import type { CodeDefinitions, Source } from "./source.ts";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { LARGEST_VERSION } from "../definition/migration/version.ts";
import type { Tree } from "../definition/layouts/layout.ts";
import { Failure } from "../failure.ts";
import { loadDefinitions } from "./load_definitions.ts";
import { slugOf } from "./next_migration.ts";

/** One migration as a value. */
export interface MemoryMigration {
  /** Its place in the order, and its identity: 0 to 2^63 - 1. A number must be a safe integer. */
  readonly version: number | bigint | string;
  /** What it does. */
  readonly name: string;
  /** The SQL that applies it. It may begin with header lines: `-- migrator: lockTimeout: 5s`. */
  readonly up: string;
  /** The SQL that reverts it. Left out: it cannot be reverted. */
  readonly down?: string;
}

/** The layout that the values are read as: a pair of SQL files, ordered by version. */
const LAYOUT = "golang-migrate";

/**
 * Migrations by database. They are read as files with the same text would be, so their checksums and
 * their defects are the same.
 *
 * @throws {Failure} `definition/malformed-name` for a version that is no whole number,
 * `definition/duplicate-version`.
 */
export function memorySource(
  databases: Readonly<Record<string, readonly MemoryMigration[]>>,
): Source {
  const names = Object.keys(databases).sort();
  const trees = new Map(names.map((name) => [name, treeOf(name, databases[name]!)]));
  const load = async (
    database: string,
    codeDefinitions?: CodeDefinitions,
  ): Promise<DefinitionSet> => {
    const tree = trees.get(database);
    if (tree === undefined) throw unknownDatabase(database, names);
    return await loadDefinitions(tree, {
      database,
      layout: LAYOUT,
      ...(codeDefinitions === undefined ? {} : { codeDefinitions }),
    });
  };
  const listNamed = async (database: string, codeDefinitions?: CodeDefinitions) => {
    const { definitions } = await load(database, codeDefinitions);
    return definitions.map(({ version, name }) => ({ version, name }));
  };
  return {
    label: "migrations in memory",
    databases: names,
    load,
    list: (database) => trees.has(database) ? listNamed(database) : Promise.resolve([]),
    listNamed,
  };
}

function treeOf(database: string, migrations: readonly MemoryMigration[]): Tree {
  const files = new Map<string, string>();
  for (const migration of migrations) {
    const { name, up, down } = migration;
    const file = `${versionOf(database, migration)}_${slugOf(name) || "migration"}`;
    if (files.has(`${file}.up.sql`)) throw duplicate(database, migration);
    const isReversible = down !== undefined;
    files.set(
      `${file}.up.sql`,
      isReversible ? up : `-- migrator: irreversible: it has no down script\n${up}`,
    );
    if (isReversible) files.set(`${file}.down.sql`, down);
  }
  const entries = [...files.keys()].map((name) => ({ name, isDirectory: false }));
  return {
    list: (path) => Promise.resolve(path === "" ? entries : undefined),
    read: (path) => {
      const text = files.get(path);
      return Promise.resolve(text === undefined ? undefined : new TextEncoder().encode(text));
    },
  };
}

function versionOf(database: string, { version, name }: MemoryMigration): bigint {
  const isWhole = typeof version === "number"
    ? Number.isSafeInteger(version) && version >= 0
    : typeof version === "bigint" || /^[0-9]+$/.test(version);
  const value = isWhole ? BigInt(version) : -1n;
  if (value >= 0n && value <= LARGEST_VERSION) return value;
  throw new Failure(
    "definition/malformed-name",
    `Migration "${name}" of "${database}" has the version ${String(version)}.`,
    {
      hint:
        "Give a whole number from 0 to 2^63 - 1. Write one above 2^53 - 1 as a bigint or a string.",
    },
  );
}

function duplicate(database: string, { version, name }: MemoryMigration): Failure {
  return new Failure(
    "definition/duplicate-version",
    `Two migrations of "${database}" have the version ${version}.`,
    { hint: `Give "${name}" another version.` },
  );
}

function unknownDatabase(database: string, known: readonly string[]): Failure {
  return new Failure(
    "source/unknown-database",
    `There is no database "${database}" among the migrations in memory.`,
    { hint: `There are: ${known.join(", ")}.`, facts: { databases: known } },
  );
}
