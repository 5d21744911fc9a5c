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
  /** Taken out by a `deletes:` or by hand; kept for history. GitLab deletes the row. */
  deleted: 2,
  finished: 3,
  failed: 4,
  /** Somebody waits for it. Workers go on with it as with an active one, so nobody's death strands it. */
  finalizing: 5,
  /** Finished, and what `remaining` and the constraint say was looked at. */
  finalized: 6,
} as const;

/** `batched_background_migration_jobs.status`. */
export const JOB_STATUS = { pending: 0, running: 1, failed: 2, succeeded: 3 } as const;

/** The state of a batched migration, by its name in GitLab. */
export type BatchedMigrationStatus = keyof typeof MIGRATION_STATUS;
/** The state of a batch, by its name in GitLab. */
export type JobStatus = keyof typeof JOB_STATUS;

/** From which states an event may be, and the state that follows. */
const TRANSITIONS = {
  pause: { from: ["active", "finalizing", "paused"], to: "paused" },
  resume: { from: ["paused", "active"], to: "active" },
  retry: { from: ["failed", "active"], to: "active" },
  finish: { from: ["active", "finalizing"], to: "finished" },
  fail: { from: ["active", "finalizing"], to: "failed" },
  finalize: { from: ["active", "paused", "failed", "finalizing"], to: "finalizing" },
  /** A finalization that ran out of time, or was stopped. */
  abandon: { from: ["finalizing"], to: "active" },
  confirm: { from: ["finished", "finalized"], to: "finalized" },
  /** It was finished, and yet something was left. */
  reopen: { from: ["finished"], to: "active" },
  delete: {
    from: ["paused", "active", "finished", "failed", "finalizing", "finalized"],
    to: "deleted",
  },
} as const satisfies Record<
  string,
  { readonly from: readonly BatchedMigrationStatus[]; readonly to: BatchedMigrationStatus }
>;

/** What can happen to a batched migration. */
export type MigrationTransition = keyof typeof TRANSITIONS;

/** The state after an event, or undefined where it may not happen. */
export function statesAfter(
  event: MigrationTransition,
  status: BatchedMigrationStatus,
): BatchedMigrationStatus | undefined {
  const { from, to } = TRANSITIONS[event];
  return (from as readonly BatchedMigrationStatus[]).includes(status) ? to : undefined;
}

/** The numbers that an event may start from, for the WHERE of its UPDATE, and the number it leads to. */
export function numbersOf(
  event: MigrationTransition,
): { readonly from: readonly number[]; readonly to: number } {
  const { from, to } = TRANSITIONS[event];
  return { from: from.map((name) => MIGRATION_STATUS[name]), to: MIGRATION_STATUS[to] };
}

/** The states in which workers go on with a migration. */
export const RUNNABLE_STATUSES = [
  "active",
  "finalizing",
] as const satisfies readonly BatchedMigrationStatus[];

/** Whether workers go on with a migration in this state. */
export function isRunnable(status: BatchedMigrationStatus): boolean {
  return (RUNNABLE_STATUSES as readonly BatchedMigrationStatus[]).includes(status);
}

/** The same as SQL, for the migrations table under the alias `m`. */
export const IS_RUNNABLE = `m.status IN (${
  RUNNABLE_STATUSES.map((name) => MIGRATION_STATUS[name]).join(", ")
})`;

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
