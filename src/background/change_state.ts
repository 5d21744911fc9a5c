/**
 * Pausing, resuming, retrying and deleting batched migrations by hand.
 *
 * @module
 */

import type { Session } from "../connection/session.ts";
import { inTransaction } from "./own_transaction.ts";
import { withRights } from "./with_rights.ts";
import type { Standing } from "./standing.ts";
import { after, type MigrationStatus, migrationStatus, numbersOf } from "./status.ts";
import type { BackgroundName } from "./store.ts";
import { moveMigration, retryAll } from "./transition.ts";
import { wrongState } from "./wrong_state.ts";

/** What a person may do. */
export type Change = "pause" | "resume" | "retry" | "delete";

const REFUSED: Readonly<Record<Change, string>> = {
  pause: "paused",
  resume: "resumed",
  retry: "retried",
  delete: "deleted",
};

/** How it went. */
export interface Changed {
  readonly from: MigrationStatus;
  readonly to: MigrationStatus;
  /** Nothing was done: it was like that already. */
  readonly isSame: boolean;
}

/**
 * Changes the state, with an event that says who and why. Workers follow within a sub-batch.
 *
 * @throws {Failure} `background/wrong-state`, `background/missing-right`.
 */
export async function changeState(
  session: Session,
  name: BackgroundName,
  { standing, change, who, reason }: {
    readonly standing: Standing;
    readonly change: Change;
    readonly who: string;
    readonly reason: string | undefined;
  },
): Promise<Changed> {
  const { id, status } = standing;
  const to = migrationStatus(numbersOf(change).to);
  if (isLikeThat(standing, change)) return { from: status, to: status, isSame: true };
  const refused = { database: name.database, refused: REFUSED[change] };
  if (after(change, status) === undefined) throw wrongState(standing, refused);
  const { rows } = await withRights(session, name, () =>
    inTransaction(session, [
      ...(change === "retry" ? [retryAll(name, id)] : []),
      moveMigration(name, { migration: id, event: change, who, reason, also: alsoOf(change) }),
    ]));
  // Somebody else has changed it since it was looked at.
  if (rows.length === 0) throw wrongState(standing, refused);
  return { from: status, to, isSame: false };
}

function isLikeThat({ status, held, jobs }: Standing, change: Change): boolean {
  switch (change) {
    case "pause":
      return status === "paused";
    case "delete":
      return status === "deleted";
    case "resume":
      return status === "active" && held === undefined;
    case "retry":
      return status === "active" && jobs.failed === 0;
  }
}

/**
 * Whoever lets it go on wants to see it go: the server's health is looked at anew. What is waited for
 * before the beginning is waited for all the same.
 */
function alsoOf(change: Change): readonly string[] {
  const reason = "hold_reason = CASE WHEN m.held_since IS NULL THEN m.hold_reason END";
  return change === "resume" || change === "retry"
    ? ["on_hold_until = NULL", "held_since = NULL", reason]
    : [];
}
