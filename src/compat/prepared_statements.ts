/**
 * Whether statements of a release can be prepared in a database.
 *
 * @module
 */

import { type ServerError, type Session, SqlError } from "../connection/session/session.ts";

/** A statement and where it was found. */
export interface ReleaseStatement {
  /** `queries/orders.sql:12`. */
  readonly place: string;
  readonly sql: string;
}

/** undefined_parameter's like: the server cannot tell a parameter's type without the driver's help. */
const INDETERMINATE = new Set(["42P18", "42P08"]);

/**
 * Prepares each statement, and rolls everything back. Nothing is executed.
 *
 * @returns The refusal of each statement, in their order; undefined for one that can be prepared.
 */
export async function prepareAll(
  session: Session,
  statements: readonly ReleaseStatement[],
): Promise<readonly (ServerError | undefined)[]> {
  const refusals: (ServerError | undefined)[] = [];
  for (const { sql } of statements) refusals.push(await refusalOf(session, sql));
  return refusals;
}

async function refusalOf(session: Session, sql: string): Promise<ServerError | undefined> {
  try {
    await session.query(`PREPARE migrator_compat AS ${sql}`);
    await session.query("DEALLOCATE migrator_compat");
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return INDETERMINATE.has(error.server.sqlstate) ? undefined : error.server;
  }
}
