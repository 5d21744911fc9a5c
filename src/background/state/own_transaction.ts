/**
 * Transactions of batched migrations. They use SET LOCAL only, so they behave the same behind a
 * pooler that gives each of them another backend.
 *
 * @module
 */

import type { Answer, Session } from "../../connection/session/session.ts";
import { SqlError } from "../../connection/session/session.ts";

/**
 * Milliseconds after which the server ends a transaction of ours that is open and idle: one of a
 * process that was stopped must not keep its batch for ever.
 */
const IDLE_LIMIT = 10_000;

/** Names mean PostgreSQL's own. */
export const CATALOG_SEARCH_PATH = "SET LOCAL search_path = pg_catalog, pg_temp";

/** The path that the role or the database has given its sessions: what migrations are run with too. */
export const BODY_SEARCH_PATH = "SET LOCAL search_path = DEFAULT";

/** Kinds of plans that read far more than a bound needs, and are chosen where statistics are wrong. */
const DETOURS = ["enable_seqscan", "enable_bitmapscan", "enable_sort"];

/**
 * A query of a batching strategy, inside a transaction of ours: with the path that bodies get, since a
 * filter must mean the same here as there; and by the index, whatever statistics say or do not say.
 * What comes behind it has our own path again.
 */
export function askStrategy(query: string): string {
  return [
    BODY_SEARCH_PATH,
    ...DETOURS.map((name) => `SET LOCAL ${name} = off`),
    query,
    ...DETOURS.map((name) => `SET LOCAL ${name} = DEFAULT`),
    CATALOG_SEARCH_PATH,
  ].join("; ");
}

/** Limits of one transaction, in milliseconds. */
export interface TransactionLimits {
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  /** For what happens between two statements. Default: little. */
  readonly idle?: number;
  /** Nothing can be written in it; so it may be on a standby. */
  readonly isReadOnly?: boolean;
}

/** Of our own rows. */
const OWN_LIMITS: TransactionLimits = { statementTimeout: 15_000, lockTimeout: 5_000 };

/**
 * Opens a transaction in which names mean PostgreSQL's own, and values are written so that they read
 * back as the same.
 */
export function begin(
  session: Pick<Session, "server">,
  limits: TransactionLimits = OWN_LIMITS,
): string {
  const settings = [
    "search_path = pg_catalog, pg_temp",
    `statement_timeout = ${limits.statementTimeout}`,
    `lock_timeout = ${limits.lockTimeout}`,
    `idle_in_transaction_session_timeout = ${limits.idle ?? IDLE_LIMIT}`,
    ...(session.server.version >= 170000 ? ["transaction_timeout = 0"] : []),
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "extra_float_digits = 3",
    "bytea_output = 'hex'",
    // Compiled code pays for itself in minutes, and such a transaction takes less than a second.
    "jit = off",
  ];
  return `BEGIN ISOLATION LEVEL READ COMMITTED READ ${limits.isReadOnly ? "ONLY" : "WRITE"}; ` +
    settings.map((setting) => `SET LOCAL ${setting}`).join("; ");
}

/** Rolls back what is open; a lost session has nothing open. */
export async function rollBack(session: Session): Promise<void> {
  if (!session.isLost) await session.query("ROLLBACK");
}

/**
 * Runs statements as one transaction in one round trip.
 *
 * @returns The answer: the rows of the last statement that returned any.
 * @throws {SqlError} after rolling back.
 * @throws {Failure} `connection/lost`.
 */
export async function inTransaction(
  session: Session,
  statements: readonly string[],
): Promise<Answer> {
  try {
    return await session.query([begin(session), ...statements, "COMMIT"].join(";\n"));
  } catch (error) {
    if (error instanceof SqlError) await rollBack(session);
    throw error;
  }
}

/**
 * Runs work inside a transaction that is committed when it returns and rolled back when it throws.
 *
 * @throws {SqlError | Failure} whatever the work throws, and `connection/lost`.
 */
export async function transaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query(begin(session));
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await rollBack(session);
    throw error;
  }
  await session.query("COMMIT");
  return result;
}
