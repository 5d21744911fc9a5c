// Pure.
/**
 * The index of a bundle. It lets start-up read one small file, without the YAML reader or the SQL
 * parser.
 *
 * @module
 */

import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import type {
  DefinitionSet,
  Direction,
  LayoutName,
  Metadata,
  Origin,
  Script,
} from "../definition/migration/definition.ts";
import { CONFIG_FILE, type ConfigText } from "../config/config_file.ts";

/**
 * The format that this program writes, and the newest that it reads. A program that reads only
 * format 1 would ignore the settings, such as the history schema, and would never queue a batched
 * migration.
 */
export const BUNDLE_FORMAT = 2;

/** The first entry of every bundle: a `BundleIndex`. Its name identifies a bundle. */
export const INDEX_ENTRY = "migrator/index.json";

/**
 * `BundleScripts`. Separate from the index, because an `up` with nothing pending does not read it.
 */
export const SCRIPTS_ENTRY = "migrator/scripts.json";

/** `BundleBackground`. Present when the index marks at least one database with `background`. */
export const BACKGROUND_ENTRY = "migrator/background.json";

/** `BundleManifest`. */
export const MANIFEST_ENTRY = "migrator/manifest.json";

/** The settings file as its author wrote it, for people. The program reads the index instead. */
export const PROJECT_ENTRY = CONFIG_FILE;

/** `migrator/index.json`. Versions are decimal strings: JSON numbers lose digits above 2^53. */
export interface BundleIndex {
  readonly format: number;
  /** The version of the program that wrote the bundle. */
  readonly tool: string;
  /** Ascending by name. */
  readonly databases: readonly IndexedDatabase[];
  /** The project's settings. Absent when the bundle was made without looking for settings. */
  readonly project?: ConfigText;
}

/** One database; definitions in the order of its `DefinitionSet`. */
export interface IndexedDatabase {
  readonly name: string;
  readonly layout: LayoutName;
  readonly definitions: readonly IndexedDefinition[];
  /** True when the database has batched background migrations. */
  readonly background?: true;
  /** The migrations to which there are squashes. */
  readonly squashes?: readonly string[];
}

/** What the graph is built from. */
export interface IndexedDefinition {
  readonly version: string;
  readonly name: string;
  readonly parents: readonly string[];
  /** Of the up script; bundles of earlier versions lack it. */
  readonly checksum?: string;
}

/** `migrator/scripts.json`: by database, then version. */
export type BundleScripts = Readonly<Record<string, Readonly<Record<string, BundledScripts>>>>;

/** The rest of a definition, without the text of its SQL. */
export interface BundledScripts {
  readonly metadata: Metadata;
  readonly up: BundledScript;
  readonly down?: BundledScript;
  readonly origin?: Origin;
}

/** A script without its text. */
export type BundledScript = Omit<Script, "read"> & {
  /** Where its text is, when it is not the file as it stands. */
  readonly entry?: string;
};

/** `migrator/background.json`: by database, in the order of each `DefinitionSet`. */
export type BundleBackground = Readonly<Record<string, readonly BatchedMigration[]>>;

/** `migrator/manifest.json`: the SHA-256 in hex of every other entry, by entry name. */
export interface BundleManifest {
  readonly sha256: Readonly<Record<string, string>>;
  /** Absent when nobody has signed it. */
  readonly signature?: BundleSignature;
}

/** The signature of a bundle. */
export interface BundleSignature {
  readonly algorithm: "ed25519";
  /** The fingerprint of the public key. */
  readonly key: string;
  /** Base64. */
  readonly value: string;
}

/** The entry that holds a migration file; `path` is relative to the directory of the databases. */
export function fileEntry(path: string): string {
  return `migrations/${path}`;
}

/** Builds the index of these sets. */
export function describeSets(
  sets: readonly DefinitionSet[],
  { tool, project }: { readonly tool: string; readonly project?: ConfigText | undefined },
): BundleIndex {
  return {
    format: BUNDLE_FORMAT,
    tool,
    ...(project === undefined ? {} : { project }),
    databases: sets.map((set) => ({
      name: set.database,
      layout: set.layout,
      definitions: set.definitions.map(({ version, name, parents, up }) => ({
        version: String(version),
        name,
        parents: parents.map(String),
        checksum: up.checksum,
      })),
      ...(set.background.length > 0 ? { background: true as const } : {}),
      ...(set.squashes?.length
        ? { squashes: set.squashes.map(({ version }) => String(version)) }
        : {}),
    })),
  };
}

/** The batched background migrations of the sets that have any; undefined when none has. */
export function describeBackground(sets: readonly DefinitionSet[]): BundleBackground | undefined {
  const having = sets.filter(({ background }) => background.length > 0);
  if (having.length === 0) return undefined;
  return Object.fromEntries(having.map(({ database, background }) => [database, background]));
}

/** The script metadata that the index leaves out. */
export function describeScripts(sets: readonly DefinitionSet[]): BundleScripts {
  const describeSet = ({ database, definitions }: DefinitionSet) =>
    definitions.map(({ version, metadata, up, down, origin }) => {
      const entryOf = (direction: Direction) => derivedEntry({ database, version, direction });
      return [
        String(version),
        {
          metadata,
          up: describeScript(up, entryOf("up")),
          ...(down === undefined ? {} : { down: describeScript(down, entryOf("down")) }),
          ...(origin === undefined ? {} : { origin }),
        },
      ] as const;
    });
  return Object.fromEntries(
    sets.map((set) => [set.database, Object.fromEntries(describeSet(set))] as const),
  );
}

/** The entry of a script's text that is not its file as it stands. */
export function derivedEntry(
  { database, version, direction }: {
    readonly database: string;
    readonly version: bigint;
    readonly direction: Direction;
  },
): string {
  return `migrator/scripts/${database}/${version}.${direction}.sql`;
}

/** Every script of these sets, in their order, ups before downs. */
export function scriptsOf(sets: readonly DefinitionSet[]): readonly Script[] {
  return sets.flatMap((set) => set.definitions)
    .flatMap(({ up, down }) => down === undefined ? [up] : [up, down]);
}

function describeScript(script: Script, entry: string): BundledScript {
  const { path, checksum, rawChecksum, transaction, statements, transactions, isDerived } = script;
  return {
    path,
    checksum,
    rawChecksum,
    transaction,
    statements,
    ...(transactions === undefined ? {} : { transactions }),
    ...(isDerived ? { isDerived, entry } : {}),
  };
}
