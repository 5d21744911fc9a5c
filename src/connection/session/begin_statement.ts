// Pure.
/**
 * How every transaction of migrator begins.
 *
 * The defaults of the role, the database and the server could make a transaction read-only, serializable
 * or short-lived. So each one names its isolation level, its access mode and its time limits.
 *
 * @module
 */

import type { ServerFacts } from "./session.ts";

/** A setting under which unqualified names are those of pg_catalog, whoever may create objects elsewhere. */
export const SAFE_SEARCH_PATH = "search_path = pg_catalog, pg_temp";

/** Time limits in milliseconds; 0 is no limit. */
export interface TimeLimits {
  readonly statement: number;
  readonly lock: number;
  /** How long the transaction may be idle between two statements. Default: the session's setting. */
  readonly idle?: number;
}

/** Settings of these limits. Since PostgreSQL 17, the whole transaction has none. */
export function timeLimits(
  { version }: Pick<ServerFacts, "version">,
  { statement, lock, idle }: TimeLimits,
): readonly string[] {
  return [
    `statement_timeout = ${statement}`,
    `lock_timeout = ${lock}`,
    ...(idle === undefined ? [] : [`idle_in_transaction_session_timeout = ${idle}`]),
    ...(version >= 170000 ? ["transaction_timeout = 0"] : []),
  ];
}

/** The modes of migrator's transactions, as `BEGIN ISOLATION LEVEL` takes them. */
export type TransactionMode =
  | "READ COMMITTED"
  | "READ COMMITTED READ ONLY"
  | "READ COMMITTED READ WRITE"
  | "READ COMMITTED READ WRITE NOT DEFERRABLE"
  | "REPEATABLE READ READ ONLY";

/** SQL that opens a transaction with settings that end with it. */
export function beginStatement(mode: TransactionMode, settings: readonly string[]): string {
  return [`BEGIN ISOLATION LEVEL ${mode}`, setLocal(settings)].join("; ");
}

/** SQL that applies settings, at least one, until the end of the transaction. */
export function setLocal(settings: readonly string[]): string {
  return settings.map((setting) => `SET LOCAL ${setting}`).join("; ");
}

/** Makes unqualified names those of pg_catalog until the end of the transaction. */
export const CATALOG_SEARCH_PATH = setLocal([SAFE_SEARCH_PATH]);
