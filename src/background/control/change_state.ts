/**
 * Pauses, resumes, retries and deletes batched migrations at a user's request.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import type { Session } from "../../connection/session/session.ts";
import { inTransaction } from "../state/background_transaction.ts";
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

/** A change that a user may request. */
export type StateChange = "pause" | "resume" | "retry" | "delete";

const REFUSED: Readonly<Record<StateChange, string>> = {
  pause: "paused",
  resume: "resumed",
  retry: "retried",
  delete: "deleted",
};

/** The result of a change. */
export interface StateChangeResult {
  readonly from: BatchedMigrationStatus;
  readonly to: BatchedMigrationStatus;
  /** Whether it was in that state already; nothing was done then. */
  readonly isSame: boolean;
}

/**
 * Changes the state and records an event with the actor and the reason. Workers react at the next
 * sub-batch.
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
  if (isUnchanged(snapshot, change)) return { from: status, to: status, isSame: true };
  const refused = { database: name.database, refused: REFUSED[change] };
  if (statesAfter(change, status) === undefined) throw wrongState(snapshot, refused);
  const texts = await representableValue(session, { who, reason });
  const { rows } = await withPrivileges(session, name, () =>
    inTransaction(session, [
      ...(change === "retry" ? [retryAll(name, id)] : []),
      moveMigration(name, {
        migration: id,
        event: change,
        ...texts,
        also: furtherAssignments(change),
      }),
    ]));
  // Another session has changed the state since it was read.
  if (rows.length === 0) throw wrongState(snapshot, refused);
  return { from: status, to, isSame: false };
}

function isUnchanged({ status, held, jobs }: ProgressSnapshot, change: StateChange): boolean {
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
 * Further assignments. `resume` and `retry` end a hold, so that workers check the server's health
 * at once. Waiting for old writers is not skipped.
 */
function furtherAssignments(change: StateChange): readonly string[] {
  const reason = "hold_reason = CASE WHEN m.held_since IS NULL THEN m.hold_reason END";
  return change === "resume" || change === "retry"
    ? ["on_hold_until = NULL", "held_since = NULL", reason]
    : [];
}
