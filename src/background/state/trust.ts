/**
 * Checks which role owns the tables of batched migrations and which others may write them.
 *
 * Their rows hold SQL that workers run with their own privileges, so they are checked as strictly
 * as the definitions that a database stores.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import type { Session } from "../../connection/session/session.ts";
import { assertTrusted, untrustedFailure } from "../../history/trust.ts";
import { assertNoOtherWriters } from "../../history/writers.ts";
import { inTransaction } from "./background_transaction.ts";
import type { BackgroundTables } from "./rows.ts";
import { BACKGROUND_TABLES } from "./tables.ts";

/**
 * Refuses tables that belong to another role, have triggers or rules, or that another role may
 * write, and other relations under their names. No transaction is open.
 *
 * @throws {Failure} `history/untrusted`.
 */
export async function refuseUntrusted(session: Session, name: BackgroundTables): Promise<void> {
  const ours = { ...name, tables: BACKGROUND_TABLES, holding: "the batched migrations" };
  try {
    await inTransaction(session, [assertTrusted(ours, "write")]);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw await untrustedFailure(error, { session, name: ours, touch: "write" });
  }
  await assertNoOtherWriters(session, ours);
}
