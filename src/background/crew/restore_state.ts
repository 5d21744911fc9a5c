/**
 * Puts a migration back into the state that it had before a finalization which did not succeed.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { inTransaction } from "../state/background_transaction.ts";
import { tablesOf } from "../state/rows.ts";
import { MIGRATION_STATUS } from "../state/state_machine.ts";
import { logEvent } from "../state/transition.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import type { WorkerOptions } from "../worker/worker.ts";

/**
 * Restores the state before the finalization. If that fails, the reason is reported: the failure
 * that ended the finalization is thrown.
 */
export async function restoreState(
  options: Pick<WorkerOptions, "name" | "who" | "report">,
  { session, first, before }: {
    readonly session: Session;
    readonly first: ProgressSnapshot;
    readonly before: number;
  },
): Promise<void> {
  try {
    await abandonFinalization(options, { session, id: first.id, before });
  } catch (error) {
    if (!(error instanceof SqlError || error instanceof Failure)) throw error;
    options.report({
      type: "migration-transition",
      database: options.name.database,
      id: first.id,
      name: first.name,
      event: "abandon",
      newState: "finalizing",
      reason: `it could not be set back to ${first.status} (${error.message}); workers run it as ` +
        "if it were active",
    });
  }
}

async function abandonFinalization(
  { name, who }: Pick<WorkerOptions, "name" | "who">,
  { session, id, before }: {
    readonly session: Session;
    readonly id: string;
    readonly before: number;
  },
): Promise<void> {
  const { migrations } = tablesOf(name);
  const { finalizing } = MIGRATION_STATUS;
  await inTransaction(session, [
    `WITH back AS (
      UPDATE ${migrations}
      SET status = ${before}, updated_at = clock_timestamp()
      WHERE id = ${id} AND status = ${finalizing}
      RETURNING id
    )
    ${
      logEvent(name, {
        migration: "back.id",
        of: "FROM back",
        event: "abandon",
        who,
        from: finalizing,
        to: before,
      })
    }`,
  ]);
}
