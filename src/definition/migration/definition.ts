// Pure.
/**
 * The definition of one migration, independent of its layout.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";
import type { ConcurrentIndex } from "../../sql/concurrent_index.ts";
import type { Resumable } from "../../sql/resumable.ts";
import type { BatchedMigration } from "../batched/batched_migration.ts";
import type { BatchedReference } from "../batched/batched_reference.ts";

export type { ConcurrentIndex, Resumable };

/** The direction of a run. */
export type Direction = "up" | "down";

/** How a script uses transactions. */
export type TransactionMode =
  /** All statements and the history row commit together. */
  | "single"
  /** Each statement runs by itself, or in a transaction that the file asks for. */
  | "none";

/** Which migrations run in a transaction, when their files do not say so. */
export type TransactionPolicy =
  /** Those whose statements allow it. */
  | "auto"
  /** All; statements that cannot run in a transaction are refused. */
  | "single"
  /** None. */
  | "none"
  /** bun's files with `.tx` in their name; in other layouts as `auto`. */
  | "as-named";

/** One SQL statement of a script: `text.slice(start, end)`. */
export interface Statement {
  /** Offset of its first token in the script's text, in UTF-16 units. */
  readonly start: number;
  /** Offset just after its last token; a closing semicolon is not part of it. */
  readonly end: number;
  /**
   * Why it cannot run inside a transaction block (`CREATE INDEX CONCURRENTLY`); undefined when it
   * can.
   */
  readonly outside?: string;
  /** True when it leaves the session's role, settings and temporary tables unchanged. */
  readonly plain?: true;
  /** What it sets for the session beyond its transaction (`SET search_path`). */
  readonly lasting?: string;
  /** True for CALL and DO: outside a transaction block, what they run may commit. */
  readonly mayCommit?: true;
  /** Set only for CREATE INDEX CONCURRENTLY. */
  readonly concurrentIndex?: ConcurrentIndex;
  /**
   * Set for statements that can be completed after an interruption: DROP INDEX CONCURRENTLY,
   * REINDEX, DETACH.
   */
  readonly resumable?: Resumable;
}

/** Statements of a file that commit together, in a transaction that the file itself asks for. */
export interface FileTransaction {
  /** Index of its first statement. */
  readonly first: number;
  /** Index just after its last statement. */
  readonly end: number;
  /** What follows BEGIN: `ISOLATION LEVEL SERIALIZABLE`. Default: nothing. */
  readonly modes?: string;
  /** The file ends it with ROLLBACK. */
  readonly isRolledBack?: true;
}

/** One direction of a migration. */
export interface Script {
  /**
   * Path relative to the directory that holds the databases, for people: `frontend/1_init/up.sql`.
   */
  readonly path: string;
  /** SHA-256 in hex over the tokens: comments, white space, BOM and line ends do not count. */
  readonly checksum: string;
  /** SHA-256 in hex over the bytes of the file. */
  readonly rawChecksum: string;
  /** Whether its statements run in one transaction. */
  readonly transaction: TransactionMode;
  /** In file order, without BEGIN, COMMIT and ROLLBACK. */
  readonly statements: readonly Statement[];
  /**
   * With `transaction: "none"`: the transactions that the file asks for, ascending. A statement outside
   * all of them runs by itself. Default: none.
   */
  readonly transactions?: readonly FileTransaction[];
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
  /** It needs privileges that the migrating role may lack, such as for CREATE EXTENSION. */
  readonly privileged: boolean;
  /** `verify` must not run it twice in a row. */
  readonly nonIdempotent: boolean;
  /** Why the migration cannot be reverted; its down script is then empty. */
  readonly irreversible?: string;
  /** Why rows, or values in them, are not there again after a way back and forth. */
  readonly dataLoss?: string;
  /** Milliseconds; overrides the run's default. */
  readonly lockTimeout?: number;
  /** Milliseconds; 0 is no limit. */
  readonly statementTimeout?: number;
  /** Batched migrations to queue in the migration's transaction. */
  readonly queues?: readonly BatchedReference[];
  /** Batched migrations that must be finished before it runs. */
  readonly finalizes?: readonly BatchedReference[];
  /** Batched migrations to delete in the migration's transaction. */
  readonly deletes?: readonly BatchedReference[];
  /** The release that must have been reached before it may run. */
  readonly requiresRelease?: string;
}

/** Defects by the direction that they are in the way of; a direction without any is left out. */
export type ScriptDefects = Readonly<Partial<Record<Direction, readonly Failure[]>>>;

/** One migration. */
export interface Definition {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /**
   * The name for people: metadata's `name`, else the slug of the file or directory. May be empty.
   */
  readonly name: string;
  /** Ascending, without repeats. Empty for the root. */
  readonly parents: readonly bigint[];
  /** What its author declares about it. */
  readonly metadata: Metadata;
  /** `up.checksum`, where it is known without loading the scripts. */
  readonly upChecksum?: string;
  /** The script that applies it. */
  readonly up: Script;
  /** The script that reverts it. Undefined when it has none, where the layout allows that. */
  readonly down: Script | undefined;
  /**
   * Set where its up script was not parsed, because the database has applied the same bytes: gives the
   * definition with its statements. Where it is set, it is asked before the script is run.
   */
  whole?(): Promise<Definition>;
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

/** A squash that may be used. */
export interface Squash {
  /** The migration that is its last one. */
  readonly version: bigint;
  /** For people: `frontend/squash/1650000100.sql`. */
  readonly path: string;
  /**
   * Its script; undefined where it must not be used, because it has defects. Loads PostgreSQL's parser.
   */
  script(): Promise<Script | undefined>;
}

/** All migrations of one database. */
export interface DefinitionSet {
  /** The database: `frontend`. */
  readonly database: string;
  /** The layout of its files. */
  readonly layout: LayoutName;
  /** Parents before children, ties by ascending version. */
  readonly definitions: readonly Definition[];
  /** Ascending by name. */
  readonly background: readonly BatchedMigration[];
  /** What a new database may begin with. Default: nothing. */
  readonly squashes?: readonly Squash[];
  /** What a person should know of the files that is no defect, each a clause. Default: nothing. */
  readonly warnings?: readonly string[];
}
