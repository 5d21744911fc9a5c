/**
 * Transactions of migrator that are one round trip.
 *
 * @module
 */

import { type Answer, type Session, SqlError } from "./session.ts";

/** Rolls back the open transaction; a lost session has none. */
export async function rollBack(session: Session): Promise<void> {
  if (!session.isLost) await session.query("ROLLBACK");
}

/**
 * Runs statements as one transaction, in one round trip.
 *
 * @param statements The first one opens the transaction.
 * @returns The answer: the rows of the last statement that returned any.
 * @throws {SqlError} A statement was refused; the transaction is rolled back.
 * @throws {Failure} `connection/lost`.
 */
export async function sendTransaction(
  session: Session,
  statements: readonly string[],
): Promise<Answer> {
  try {
    return await session.query([...statements, "COMMIT"].join(";\n"));
  } catch (error) {
    if (error instanceof SqlError) await rollBack(session);
    throw error;
  }
}
