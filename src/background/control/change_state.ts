/**
 * Pauses, resumes, retries and deletes batched migrations by hand.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { inTransaction } from "../state/own_transaction.ts";
import { withPrivileges } from "../state/with_privileges.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import {
  type BatchedMigrationStatus,
  numbersOf,
  statesAfter,
  toMigrationStatus,
} from "../state/state_machine.ts";
import type { BackgroundTables } from "../state/rows.ts";
import { moveMigration, retryAll } from "../state/transition.ts";
import { wrongState } from "./wrong_state.ts";

/** What a person may do. */
export type StateChange = "pause" | "resume" | "retry" | "delete";

const REFUSED: Readonly<Record<StateChange, string>> = {
  pause: "paused",
  resume: "resumed",
  retry: "retried",
  delete: "deleted",
};

/** How it went. */
export interface StateChangeResult {
  readonly from: BatchedMigrationStatus;
  readonly to: BatchedMigrationStatus;
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
  name: BackgroundTables,
  { snapshot, change, who, reason }: {
    readonly snapshot: ProgressSnapshot;
    readonly change: StateChange;
    readonly who: string;
    readonly reason: string | undefined;
  },
): Promise<StateChangeResult> {
  const { id, status } = snapshot;
  const to = toMigrationStatus(numbersOf(change).to);
  if (isLikeThat(snapshot, change)) return { from: status, to: status, isSame: true };
  const refused = { database: name.database, refused: REFUSED[change] };
  if (statesAfter(change, status) === undefined) throw wrongState(snapshot, refused);
  const { rows } = await withPrivileges(session, name, () =>
    inTransaction(session, [
      ...(change === "retry" ? [retryAll(name, id)] : []),
      moveMigration(name, { migration: id, event: change, who, reason, also: alsoOf(change) }),
    ]));
  // Somebody else has changed it since it was looked at.
  if (rows.length === 0) throw wrongState(snapshot, refused);
  return { from: status, to, isSame: false };
}

function isLikeThat({ status, held, jobs }: ProgressSnapshot, change: StateChange): boolean {
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
function alsoOf(change: StateChange): readonly string[] {
  const reason = "hold_reason = CASE WHEN m.held_since IS NULL THEN m.hold_reason END";
  return change === "resume" || change === "retry"
    ? ["on_hold_until = NULL", "held_since = NULL", reason]
    : [];
}
