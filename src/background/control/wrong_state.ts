// Pure.
/**
 * Explains why the state of a batched migration forbids a change, and which command helps instead.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import type { BatchedMigrationStatus } from "../state/state_machine.ts";

/** The next command in each state. */
const INSTEAD: Readonly<Record<BatchedMigrationStatus, readonly [why: string, command: string]>> = {
  paused: ["Let it go on", "resume"],
  active: ["See how far it is", "show"],
  deleted: ["Queue it anew", "requeue"],
  finished: ["Walk all rows again", "requeue"],
  failed: ["See why, mend it, then retry", "failures"],
  finalizing: ["See who waits for it, and how far it is", "show"],
  finalized: ["Walk all rows again", "requeue"],
};

/** `is paused`, `has failed`. */
export function stateText(status: BatchedMigrationStatus): string {
  return status === "failed" ? "has failed" : `is ${status}`;
}

/** The command that helps in a migration's state, as a hint. */
export function nextCommand(
  { name, id, status }: Pick<ProgressSnapshot, "name" | "id" | "status">,
  database: string,
): string {
  const [why, command] = INSTEAD[status];
  return `${why}: migrator background ${command} ${
    status === "deleted" ? id : name
  } --db ${database}`;
}

/** @param refused The refused change as a past participle: `paused`, `retried`. */
export function wrongState(
  standing: Pick<ProgressSnapshot, "name" | "id" | "status">,
  { database, refused }: { readonly database: string; readonly refused: string },
): Failure {
  const { name, status, id } = standing;
  return new Failure(
    "background/wrong-state",
    `Batched migration ${name} of "${database}" ${stateText(status)}: it cannot be ${refused}.`,
    { hint: nextCommand(standing, database), facts: { id, name, status } },
  );
}
