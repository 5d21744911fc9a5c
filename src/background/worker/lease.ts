// Pure.
/**
 * The lease of a batch: while it runs, no other worker claims the batch. Every sub-batch renews it.
 *
 * @module
 */

import type { Job } from "../state/rows.ts";

/** Milliseconds by which a lease exceeds the statement timeout and the pause. */
const LEASE_MARGIN = 15_000;

/** The length of a lease in milliseconds: longer than a sub-batch and its pause. */
export function leaseOf({ migration: { declaration, pauseMs } }: Pick<Job, "migration">): number {
  return declaration.statementTimeout + pauseMs + LEASE_MARGIN;
}

/** An SQL expression for the end of a lease that starts now. */
export function leaseEnd(job: Pick<Job, "migration">): string {
  return `pg_catalog.clock_timestamp() + interval '${leaseOf(job)} milliseconds'`;
}
