// Pure.
/**
 * The state of a database's migrations, as the history records it.
 *
 * @module
 */

import { redactProse } from "../connection/settings/redact.ts";
import type { Direction } from "../definition/migration/definition.ts";
import { fromStorable, mapStrings } from "../sql/storable.ts";
import type { Code } from "../failure.ts";

/** Where a version stands; the same words as in the view `migrator.status`. */
export type StateName =
  | "applied"
  | "reverted"
  /** Only transactional attempts failed: nothing of it is in the database. */
  | "failed"
  /**
   * A non-transactional attempt failed or was cut off, or one ended the transaction it ran in: a part of
   * it may be in the database.
   */
  | "dirty"
  /** A non-transactional attempt is under way, and its runner still holds the lock. */
  | "running";

/** One version that was tried at least once. */
export interface VersionState {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /** Where it stands. */
  readonly state: StateName;
  /** Of the attempt that decides the state. */
  readonly direction: Direction;
  /** Token checksum of the script that ran. */
  readonly checksum: string;
}

/** One version with everything that `status` shows. */
export interface VersionDetails extends VersionState {
  readonly name: string;
  readonly startedAt: string;
  readonly finishedAt: string | undefined;
  readonly statementsDone: number;
  readonly who: string;
  readonly host: string;
  readonly toolVersion: string;
  /** Of the newest attempt, if that one failed. */
  readonly lastError: StoredError | undefined;
}

/** Why an attempt failed, as it is kept in `migration_logs.error`. Fields are only ever added. */
export interface StoredError {
  readonly code: string;
  readonly message: string;
  readonly sqlstate?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  /** What the server's error is about, as far as it says so. */
  readonly schemaName?: string;
  readonly tableName?: string;
  readonly columnName?: string;
  readonly constraintName?: string;
  /** 1-based number of the statement in its script. */
  readonly statement?: number;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * The column `error` of `migration_logs`. Passwords are hidden again: an older version of this program, or
 * somebody by hand, may have stored them.
 */
export function toStoredError(json: string | null | undefined): StoredError | undefined {
  return json ? redactProse(mapStrings(JSON.parse(json) as StoredError, fromStorable)) : undefined;
}

/** The code of an attempt whose next statement could not be committed with its count. */
export const NOT_CHECKPOINTED = "history/uncounted" satisfies Code;

/** The code of an attempt that ended the transaction which it was to run in. */
export const TRANSACTION_ENDED = "history/transaction-ended" satisfies Code;

/** A role that is to read our tables, and may not. */
export interface ReaderPrivileges {
  /** The name of the role. */
  readonly role: string;
  /** The tables and views that it may not read; the empty name is their schema. */
  readonly lacks: readonly string[];
  /** `not-ours`: they belong to somebody else, and only that role can grant it. */
  readonly problem: "absent" | "not-granted" | "not-ours";
}

/** Everything that a plan needs to know of one database. */
export interface History<V extends VersionState = VersionState> {
  /** False where our tables are not there yet. */
  readonly installed: boolean;
  /** True when everything that was committed is known to be on disk. */
  readonly durable: boolean;
  /** Every version that was tried at least once. */
  readonly versions: ReadonlyMap<bigint, V>;
  /** Of the roles that were asked about, those that may not read our tables. */
  readonly readers?: readonly ReaderPrivileges[];
  /** A view of ours is missing, and this role may create it. */
  readonly lacksViews?: boolean;
}

/** A database that was never migrated. */
export const EMPTY_HISTORY: History<never> = {
  installed: false,
  durable: true,
  versions: new Map<bigint, never>(),
};

/** True where no attempt has left anything: then nothing shows that the database was ever migrated. */
export function isNewHistory({ versions }: History): boolean {
  return [...versions.values()].every(({ state }) => state === "failed");
}

/** Whether a part of it may be in the database, and a part not. */
export function isIncomplete({ state }: VersionState): boolean {
  return state === "dirty" || state === "running";
}

/** The versions that are in the database. */
export function appliedVersions(history: History): Set<bigint> {
  const applied = new Set<bigint>();
  for (const { version, state } of history.versions.values()) {
    if (state === "applied") applied.add(version);
  }
  return applied;
}
