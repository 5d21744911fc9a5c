/**
 * Whose the tables of background work are, and whether anybody else may write them.
 *
 * Their rows hold SQL that workers run with their rights, so they are looked at as closely as the
 * definitions that a database keeps.
 *
 * @module
 */

import { SqlError } from "../connection/session.ts";
import type { Session } from "../connection/session.ts";
import { assertTrusted, refusalOf } from "../history/trust.ts";
import { refuseOtherWriters } from "../history/writers.ts";
import { inTransaction } from "./own_transaction.ts";
import type { BackgroundName } from "./store.ts";
import { BACKGROUND_TABLES } from "./tables.ts";

/**
 * Refuses tables that belong to another role, are none, have triggers or the like, or that another
 * role may write. No transaction is open.
 *
 * @throws {Failure} `history/untrusted`.
 */
export async function refuseUntrusted(session: Session, name: BackgroundName): Promise<void> {
  const ours = { ...name, tables: BACKGROUND_TABLES, holding: "the batched migrations" };
  try {
    await inTransaction(session, [assertTrusted(ours, "write")]);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw await refusalOf(error, { session, name: ours, touch: "write" });
  }
  await refuseOtherWriters(session, ours);
}
