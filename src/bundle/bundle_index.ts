// Pure.
/**
 * What a bundle says about the migrations in it, so that start-up reads one small file and needs
 * neither the YAML reader nor the SQL parser.
 *
 * @module
 */

import type {
  DefinitionSet,
  LayoutName,
  Metadata,
  Script,
  Statement,
  TransactionMode,
} from "../definition/definition.ts";

/** The format that this program writes, and the newest that it reads. */
export const BUNDLE_FORMAT = 1;

/** The first entry of every bundle: a `BundleIndex`. By it a file is known to carry one. */
export const INDEX_ENTRY = "migrator/index.json";

/** `BundleStatements`: apart from the index, because most commands never look at it. */
export const STATEMENTS_ENTRY = "migrator/statements.json";

/** `BundleManifest`. */
export const MANIFEST_ENTRY = "migrator/manifest.json";

/** `migrator/index.json`. Versions are decimal strings: JSON's numbers lose digits above 2^53. */
export interface BundleIndex {
  readonly format: number;
  /** The version of the program that wrote it. */
  readonly tool: string;
  /** Ascending by name. */
  readonly databases: readonly IndexedDatabase[];
}

/** One database; definitions in the order of its `DefinitionSet`. */
export interface IndexedDatabase {
  readonly name: string;
  readonly layout: LayoutName;
  readonly definitions: readonly IndexedDefinition[];
}

/** A definition without its SQL. */
export interface IndexedDefinition {
  readonly version: string;
  readonly name: string;
  readonly parents: readonly string[];
  readonly metadata: Metadata;
  readonly up: IndexedScript;
  readonly down?: IndexedScript;
}

/** A script without its statements. */
export interface IndexedScript {
  readonly path: string;
  readonly checksum: string;
  readonly rawChecksum: string;
  readonly transaction: TransactionMode;
}

/** `migrator/statements.json`: by the script's path. */
export type BundleStatements = Readonly<Record<string, readonly Statement[]>>;

/** `migrator/manifest.json`: SHA-256, hex, of every other entry, by name. */
export interface BundleManifest {
  readonly sha256: Readonly<Record<string, string>>;
}

/** The entry that holds a migration file; `path` is relative to the directory of the databases. */
export function fileEntry(path: string): string {
  return `migrations/${path}`;
}

/** The index of these sets. */
export function describeSets(sets: readonly DefinitionSet[], tool: string): BundleIndex {
  return {
    format: BUNDLE_FORMAT,
    tool,
    databases: sets.map((set) => ({
      name: set.database,
      layout: set.layout,
      definitions: set.definitions.map(({ version, name, parents, metadata, up, down }) => ({
        version: String(version),
        name,
        parents: parents.map(String),
        metadata,
        up: describeScript(up),
        ...(down === undefined ? {} : { down: describeScript(down) }),
      })),
    })),
  };
}

/** The statements of every script of these sets. */
export function describeStatements(sets: readonly DefinitionSet[]): BundleStatements {
  return Object.fromEntries(
    scriptsOf(sets).map((script) => [script.path, script.statements] as const),
  );
}

/** Every script of these sets, in their order, ups before downs. */
export function scriptsOf(sets: readonly DefinitionSet[]): readonly Script[] {
  return sets.flatMap((set) => set.definitions)
    .flatMap(({ up, down }) => down === undefined ? [up] : [up, down]);
}

function describeScript(script: Script): IndexedScript {
  const { path, checksum, rawChecksum, transaction } = script;
  return { path, checksum, rawChecksum, transaction };
}
