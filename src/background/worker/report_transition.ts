/**
 * Reports a batch's change of state in the form of GitLab's structured log lines.
 *
 * @module
 */

import type { WorkerContext } from "./worker_context.ts";
import type { JobStatus } from "../state/state_machine.ts";
import type { Job } from "../state/rows.ts";
import { exceptionOf, type RefusedWork } from "../state/transition.ts";

/** Reports a transition that is already committed. */
export function reportTransition(
  { name: { database }, worker, report }: WorkerContext,
  { id: job, migration: { id, declaration } }: Job,
  { from, to, refused, isNarrowed }: {
    readonly from: JobStatus;
    readonly to: JobStatus;
    readonly refused?: RefusedWork;
    readonly isNarrowed?: true;
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
    ...(isNarrowed ? { isNarrowed } : {}),
  });
}
