// Pure.
/**
 * The lease of a batch: while it runs, no other worker claims the batch. Every sub-batch renews it.
 *
 * @module
 */

import type { Job } from "../state/rows.ts";

/** Milliseconds by which a lease exceeds the statements of a sub-batch and the pause. */
const LEASE_MARGIN = 15_000;

/**
 * The length of a lease in milliseconds: longer than a sub-batch, in which each statement and the
 * query for its bound may take the statement timeout, and the pause after it.
 */
export function leaseOf(
  { migration: { declaration, direction, pauseMs } }: Pick<Job, "migration">,
): number {
  const { sql, down = [], statementTimeout } = declaration;
  // A job in TypeScript has no statements that could be counted.
  const statements = Math.max(1, (direction === "down" ? down : sql).length);
  return (1 + statements) * statementTimeout + pauseMs + LEASE_MARGIN;
}

/** An SQL expression for the end of a lease that starts now. */
export function leaseEnd(job: Pick<Job, "migration">): string {
  return `pg_catalog.clock_timestamp() + interval '${leaseOf(job)} milliseconds'`;
}
