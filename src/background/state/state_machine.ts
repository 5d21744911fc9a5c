// Pure.
/**
 * States of batched migrations and batches, and the transitions between them. The numbers are
 * GitLab's.
 *
 * @module
 */

/** `batched_background_migrations.status`. */
export const MIGRATION_STATUS = {
  paused: 0,
  active: 1,
  /** Deleted by `deletes:` or by hand; the row is kept for history. GitLab deletes it. */
  deleted: 2,
  finished: 3,
  failed: 4,
  /**
   * A command waits for its end. Workers run it like an active one, so a crash of that process does
   * not leave it stuck.
   */
  finalizing: 5,
  /** Finished, and checked with `remaining` and the constraint. */
  finalized: 6,
} as const;

/** `batched_background_migration_jobs.status`. */
export const JOB_STATUS = { pending: 0, running: 1, failed: 2, succeeded: 3 } as const;

/** GitLab's name of a batched migration's state. */
export type BatchedMigrationStatus = keyof typeof MIGRATION_STATUS;
/** GitLab's name of a batch's state. */
export type JobStatus = keyof typeof JOB_STATUS;

/** The states from which each event may start, and the state that it leads to. */
const TRANSITIONS = {
  pause: { from: ["active", "finalizing", "paused"], to: "paused" },
  resume: { from: ["paused", "active"], to: "active" },
  retry: { from: ["failed", "active"], to: "active" },
  finish: { from: ["active", "finalizing"], to: "finished" },
  fail: { from: ["active", "finalizing"], to: "failed" },
  /** Not of a paused one: whoever paused it has a reason. */
  finalize: { from: ["active", "failed", "finalizing"], to: "finalizing" },
  /** A finalization timed out or was interrupted. */
  abandon: { from: ["finalizing"], to: "active" },
  confirm: { from: ["finished", "finalized"], to: "finalized" },
  /** It was finished, but rows remained. */
  reopen: { from: ["finished"], to: "active" },
  delete: {
    from: ["paused", "active", "finished", "failed", "finalizing", "finalized"],
    to: "deleted",
  },
} as const satisfies Record<
  string,
  { readonly from: readonly BatchedMigrationStatus[]; readonly to: BatchedMigrationStatus }
>;

/** An event that changes the state of a batched migration. */
export type MigrationTransition = keyof typeof TRANSITIONS;

/** The state after an event; undefined if the event may not start from this state. */
export function statesAfter(
  event: MigrationTransition,
  status: BatchedMigrationStatus,
): BatchedMigrationStatus | undefined {
  const { from, to } = TRANSITIONS[event];
  return (from as readonly BatchedMigrationStatus[]).includes(status) ? to : undefined;
}

/** The numbers of the states that an event may start from, and of the state that it leads to. */
export function numbersOf(
  event: MigrationTransition,
): { readonly from: readonly number[]; readonly to: number } {
  const { from, to } = TRANSITIONS[event];
  return { from: from.map((name) => MIGRATION_STATUS[name]), to: MIGRATION_STATUS[to] };
}

/** The states in which workers run a migration. */
export const RUNNABLE_STATUSES = [
  "active",
  "finalizing",
] as const satisfies readonly BatchedMigrationStatus[];

/** Whether workers run a migration in this state. */
export function isRunnable(status: BatchedMigrationStatus): boolean {
  return (RUNNABLE_STATUSES as readonly BatchedMigrationStatus[]).includes(status);
}

/** The same as SQL; the migrations table has the alias `m`. */
export const IS_RUNNABLE = `m.status IN (${
  RUNNABLE_STATUSES.map((name) => MIGRATION_STATUS[name]).join(", ")
})`;

/** Whether work is left. */
export function isUnfinished(status: BatchedMigrationStatus): boolean {
  return status === "active" || status === "paused" || status === "failed" ||
    status === "finalizing";
}

/** The name of a number that the tables hold. */
export function toMigrationStatus(number: number): BatchedMigrationStatus {
  return nameOf(MIGRATION_STATUS, number);
}

/** The name of a number that the tables hold. */
export function toJobStatus(number: number): JobStatus {
  return nameOf(JOB_STATUS, number);
}

function nameOf<T extends string>(numbers: Readonly<Record<T, number>>, number: number): T {
  for (const name in numbers) if (numbers[name] === number) return name;
  throw new RangeError(`${number} is not a status of batched background migrations`);
}
