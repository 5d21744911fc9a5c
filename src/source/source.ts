// Pure.
/**
 * Where definitions come from.
 *
 * @module
 */

import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import type { KnownScripts } from "../definition/migration/script.ts";
import type { Listed } from "../definition/layouts/listed.ts";

/** The batched migrations of a database that the program itself defines, in TypeScript. */
export interface CodeDefinitions {
  /** Their names, ascending. */
  readonly names: readonly string[];
  /**
   * Their declarations. Loads YAML, and PostgreSQL's parser where there is SQL in them.
   *
   * @throws {Failure | Failures} `definition/*`.
   */
  declare(): Promise<readonly BatchedMigration[]>;
}

/** The manifest of a release, unread. */
export interface ReleaseFile {
  /** `releases/v1.4.0.json`. */
  readonly path: string;
  /** Its text, which is JSON. */
  readonly text: string;
}

/** How to load a database's migrations. */
export interface LoadOptions {
  /** Up scripts that need not be parsed: `Definition.whole` is set then. */
  readonly known?: KnownScripts | undefined;
}

/** Migrations of one product: a directory, or what an executable carries. */
export interface Source {
  /** For people: `directory migrations`, `embedded in /opt/migrator`. */
  readonly label: string;
  /** Names of the databases, ascending. */
  readonly databases: readonly string[];
  /** What a person should know of it, each a clause. Default: nothing. */
  readonly warnings?: readonly string[];
  /**
   * Reads the migrations of one database, checks them and puts them in order.
   *
   * @throws {Failure | Failures} `definition/*` and `graph/*`: every defect of the set.
   * @throws {Failure} `source/unknown-database`.
   */
  load(
    database: string,
    codeDefinitions?: CodeDefinitions,
    options?: LoadOptions,
  ): Promise<DefinitionSet>;
  /** The manifests of releases, ascending by path. Absent: there are none. */
  releases?(): Promise<readonly ReleaseFile[]>;
  /** The directory that holds `releases/`, where manifests can be written. */
  readonly directory?: string;
  /**
   * Compares what it is read from with what was written, where there is something to compare with.
   *
   * @throws {Failure} `bundle/corrupt`.
   */
  verify?(): void;
  /** What the set seems to hold, quickly and unchecked; nothing for a database that it does not know. */
  list(database: string): Promise<readonly Listed[]>;
  /**
   * The same by the names that migrations give themselves, and with none left out; their SQL is not
   * checked.
   *
   * @throws {Failure | Failures} As `load`.
   */
  listNamed(database: string, codeDefinitions?: CodeDefinitions): Promise<readonly Listed[]>;
}
