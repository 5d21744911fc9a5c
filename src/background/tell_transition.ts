/**
 * A batch's change of state, told as GitLab's structured log lines tell it.
 *
 * @module
 */

import type { WorkerContext } from "./context.ts";
import type { JobStatus } from "./status.ts";
import type { Job } from "./store.ts";
import { exceptionOf, type Refused } from "./transition.ts";

/** Tells of what is in the database already. */
export function tellTransition(
  { name: { database }, worker, report }: WorkerContext,
  { id: job, migration: { id, declaration } }: Job,
  { from, to, refused }: {
    readonly from: JobStatus;
    readonly to: JobStatus;
    readonly refused?: Refused;
  },
): void {
  report({
    type: "job-transition",
    database,
    id,
    name: declaration.name,
    job,
    previousState: from,
    newState: to,
    jobArguments: declaration.arguments,
    worker,
    ...(refused ? exceptionOf(refused) : {}),
  });
}
