// Pure.
/**
 * What one migration is, whichever layout it was written in.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";
import type { ConcurrentIndex } from "../../sql/concurrent_index.ts";
import type { Resumable } from "../../sql/resumable.ts";
import type { BatchedMigration } from "../batched/batched_migration.ts";
import type { BatchedReference } from "../batched/batched_reference.ts";

export type { ConcurrentIndex, Resumable };

/** Which way a migration is run. */
export type Direction = "up" | "down";

/** How a script meets transactions. */
export type TransactionMode =
  /** All statements and the history row commit together. */
  | "single"
  /** Statement by statement, outside any transaction. */
  | "none";

/** Which migrations have a transaction, where their files do not say so themselves. */
export type TransactionPolicy =
  /** Those whose statements allow one. */
  | "auto"
  /** All of them; what cannot be in one is refused. */
  | "single"
  /** None. */
  | "none"
  /** Those of bun's that have `.tx` in their name; in other layouts as `auto`. */
  | "as-named";

/** One SQL statement of a script: `text.slice(start, end)`. */
export interface Statement {
  /** Offset of its first token in the script's text, in UTF-16 units. */
  readonly start: number;
  /** Offset just after its last token; a closing semicolon is not part of it. */
  readonly end: number;
  /** Why it cannot run inside a transaction (`CREATE INDEX CONCURRENTLY`), if it cannot. */
  readonly outside?: string;
  /** It certainly leaves role, settings and temporary tables of its session as they were. */
  readonly plain?: true;
  /** What it sets for its session beyond the transaction (`SET search_path`), if it does. */
  readonly lasting?: string;
  /** CALL and DO: what they run may commit on its own, outside a transaction. */
  readonly mayCommit?: true;
  /** Set for CREATE INDEX CONCURRENTLY only. */
  readonly concurrentIndex?: ConcurrentIndex;
  /** Set for what can be finished after it was cut off: DROP INDEX CONCURRENTLY, REINDEX, DETACH. */
  readonly resumable?: Resumable;
}

/** One direction of a migration. */
export interface Script {
  /** For people: relative to the directory that holds the databases, `frontend/1_init/up.sql`. */
  readonly path: string;
  /** SHA-256, hex, over the tokens: comments, white space, BOM and line ends do not count. */
  readonly checksum: string;
  /** SHA-256, hex, over the bytes of the file. */
  readonly rawChecksum: string;
  /** Whether its statements run in one transaction. */
  readonly transaction: TransactionMode;
  /** In file order; the BEGIN and COMMIT that wrap a whole file are not among them. */
  readonly statements: readonly Statement[];
  /**
   * The file is not run as it stands: this is one section of it, or its variables are filled in.
   * `rawChecksum` is that of the text then.
   */
  readonly isDerived?: true;
  /** The text that the offsets of `statements` count in: the file without its BOM. */
  read(): Promise<string>;
}

/** What the tool that a layout was made for knows a migration by. */
export interface Origin {
  /** As the tool stores it: a version, a file's name, a time. */
  readonly key: string;
  /** As the tool stores it, where it stores one. */
  readonly checksum?: string;
}

/** What a definition's author said about it, beyond name and parents. */
export interface Metadata {
  /** Needs rights that the migrating role may lack, such as CREATE EXTENSION. */
  readonly privileged: boolean;
  /** Must not be run twice in a row by `verify`. */
  readonly nonIdempotent: boolean;
  /** The reason why there is no way back; such a migration has an empty down. */
  readonly irreversible?: string;
  /** Milliseconds; instead of the run's default. */
  readonly lockTimeout?: number;
  /** Milliseconds; 0 is none. */
  readonly statementTimeout?: number;
  /** Batched migrations that are begun with it, must have come to their end before it, or are ended. */
  readonly queues?: readonly BatchedReference[];
  /** Batched migrations that must be finished before it. */
  readonly finalizes?: readonly BatchedReference[];
  /** Batched migrations that are deleted with it. */
  readonly deletes?: readonly BatchedReference[];
  /** The release that must have been reached before this may run. */
  readonly requiresRelease?: string;
}

/** Defects by the direction that they are in the way of; a direction without any is left out. */
export type ScriptDefects = Readonly<Partial<Record<Direction, readonly Failure[]>>>;

/** One migration. */
export interface Definition {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /** The human name: metadata's `name`, else the slug of the file or directory. May be empty. */
  readonly name: string;
  /** Ascending, without repeats. Empty for the root. */
  readonly parents: readonly bigint[];
  /** What its author said about it. */
  readonly metadata: Metadata;
  /** `up.checksum`, where it is known without loading the scripts. */
  readonly upChecksum?: string;
  /** The script that applies it. */
  readonly up: Script;
  /** Undefined where the layout allows a migration without a way back. */
  readonly down: Script | undefined;
  /** What is in the way of running a direction; with a defect of its own, `down` is undefined. */
  readonly defects?: ScriptDefects | undefined;
  /** Default: its version as the key, and no checksum. */
  readonly origin?: Origin | undefined;
}

/** Every layout that a set can be read from. */
export const LAYOUT_NAMES = [
  "directory",
  "plain-directory",
  "golang-migrate",
  "bun",
  "goose",
  "dbmate",
  "sql-migrate",
  "node-pg-migrate",
  "tern",
  "sqlx",
  "supabase",
  "atlas",
  "drizzle",
  "prisma",
  "flyway",
  "refinery",
  "graphile-migrate",
  "hasura",
] as const;

/** The name of the layout a set was read from. */
export type LayoutName = typeof LAYOUT_NAMES[number];

/** All migrations of one database. */
export interface DefinitionSet {
  /** The database: `frontend`. */
  readonly database: string;
  /** The layout that its files are in. */
  readonly layout: LayoutName;
  /** Parents before children, ties by ascending version. */
  readonly definitions: readonly Definition[];
  /** Ascending by name. */
  readonly background: readonly BatchedMigration[];
  /** What a person should know of the files that is no defect, each a clause. Default: nothing. */
  readonly warnings?: readonly string[];
}
