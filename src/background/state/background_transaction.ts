/**
 * Transactions of batched migrations. They use only SET LOCAL, so they also work behind a pooler
 * that gives each transaction another backend.
 *
 * @module
 */

import type { Answer, Session } from "../../connection/session/session.ts";
import {
  beginStatement,
  CATALOG_SEARCH_PATH,
  SAFE_SEARCH_PATH,
  setLocal,
  timeLimits,
} from "../../connection/session/begin_statement.ts";
import { rollBack, sendTransaction } from "../../connection/session/transaction.ts";

/**
 * Milliseconds after which the server ends an idle transaction of migrator: a suspended process
 * must not lock its batch forever.
 */
const IDLE_LIMIT = 10_000;

/** The default search_path of the role or the database, with which migrations run too. */
export const BODY_SEARCH_PATH = setLocal(["search_path = DEFAULT"]);

/**
 * Settings of plan types that read far more rows than a bound needs; the planner chooses them when
 * statistics are wrong.
 */
const UNWANTED_PLAN_TYPES = ["enable_seqscan", "enable_bitmapscan", "enable_sort"];

/**
 * Wraps a query of a batching strategy, for a transaction of migrator. The query runs with the
 * search_path of bodies, since a filter must mean the same in both, and with an index scan, even
 * without statistics. The statements after it have `CATALOG_SEARCH_PATH` again.
 */
export function askStrategy(query: string): string {
  return [
    BODY_SEARCH_PATH,
    setLocal(UNWANTED_PLAN_TYPES.map((name) => `${name} = off`)),
    query,
    setLocal(UNWANTED_PLAN_TYPES.map((name) => `${name} = DEFAULT`)),
    CATALOG_SEARCH_PATH,
  ].join("; ");
}

/** Time limits of a transaction, in milliseconds. */
export interface TransactionLimits {
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  /** The longest time between two statements. Default: `IDLE_LIMIT`. */
  readonly idle?: number;
  /** Opens a READ ONLY transaction, which also works on a standby. */
  readonly isReadOnly?: boolean;
}

/** The limits of transactions that change only migrator's own tables. */
const OWN_LIMITS: TransactionLimits = { statementTimeout: 15_000, lockTimeout: 5_000 };

/**
 * Returns SQL that opens a transaction in which unqualified names are those of pg_catalog and
 * values have a text form that reads back as the same value.
 */
export function begin(
  session: Pick<Session, "server">,
  limits: TransactionLimits = OWN_LIMITS,
): string {
  const { statementTimeout, lockTimeout, idle = IDLE_LIMIT, isReadOnly } = limits;
  const mode = isReadOnly ? "READ COMMITTED READ ONLY" : "READ COMMITTED READ WRITE";
  return beginStatement(mode, [
    SAFE_SEARCH_PATH,
    ...timeLimits(session.server, { statement: statementTimeout, lock: lockTimeout, idle }),
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "extra_float_digits = 3",
    "standard_conforming_strings = on",
    "bytea_output = 'hex'",
    // JIT compilation pays off for queries of minutes; these transactions take less than a second.
    "jit = off",
  ]);
}

/**
 * Runs statements as one transaction, in one round trip.
 *
 * @returns The answer: the rows of the last statement that returned any.
 * @throws {SqlError} A statement was refused; the transaction is rolled back.
 * @throws {Failure} `connection/lost`.
 */
export async function inTransaction(
  session: Session,
  statements: readonly string[],
): Promise<Answer> {
  return await sendTransaction(session, [begin(session), ...statements]);
}

/**
 * Runs work inside a transaction. Commits when the work returns, rolls back when it throws.
 *
 * @throws {SqlError | Failure} What the work throws; `connection/lost`.
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
