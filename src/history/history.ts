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

/** The state of a version, in the words of the view `migrator.status`. */
export type StateName =
  | "applied"
  | "reverted"
  /** Only transactional attempts failed: it has no effect in the database. */
  | "failed"
  /**
   * A non-transactional attempt failed or was interrupted, or an attempt ended its own transaction: a part
   * may be committed.
   */
  | "dirty"
  /** A non-transactional attempt is running, and its runner still holds the lock. */
  | "running";

/** One version with at least one attempt. */
export interface VersionState {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /** Its state. */
  readonly state: StateName;
  /** The direction of the attempt that decides the state. */
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

/** The error of an attempt, as stored in `migration_logs.error`. Changes only by addition of fields. */
export interface StoredError {
  readonly code: string;
  readonly message: string;
  readonly sqlstate?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  /** The object of the server's error, as far as the server names it. */
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
 * Reads the column `error` of `migration_logs`. Passwords are redacted again: an older version of this
 * program, or a person by hand, may have stored them.
 */
export function toStoredError(json: string | null | undefined): StoredError | undefined {
  return json ? redactProse(mapStrings(JSON.parse(json) as StoredError, fromStorable)) : undefined;
}

/** The code of an attempt whose next statement could not be committed with its count. */
export const NOT_CHECKPOINTED = "history/uncounted" satisfies Code;

/** The code of an attempt that ended its own transaction. */
export const TRANSACTION_ENDED = "history/transaction-ended" satisfies Code;

/** A configured reader that lacks a privilege on migrator's tables. */
export interface ReaderPrivileges {
  /** The name of the role. */
  readonly role: string;
  /** The tables and views that it may not read; the empty name is their schema. */
  readonly lacks: readonly string[];
  /** `not-ours`: another role owns them, and only that role can grant the privilege. */
  readonly problem: "absent" | "not-granted" | "not-ours";
}

/** The history of one database, as a plan needs it. */
export interface History<V extends VersionState = VersionState> {
  /** False if migrator's tables do not exist yet. */
  readonly installed: boolean;
  /** True when everything that was committed is known to be on disk. */
  readonly durable: boolean;
  /** Every version with at least one attempt. */
  readonly versions: ReadonlyMap<bigint, V>;
  /** The configured readers that may not read migrator's tables. */
  readonly readers?: readonly ReaderPrivileges[];
  /** One of migrator's views is missing, and this role may create it. */
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

/** The applied versions. */
export function appliedVersions(history: History): Set<bigint> {
  const applied = new Set<bigint>();
  for (const { version, state } of history.versions.values()) {
    if (state === "applied") applied.add(version);
  }
  return applied;
}
