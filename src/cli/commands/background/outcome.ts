// Pure.
/**
 * Reports what is left when workers have ended, and whether that is a failure.
 *
 * @module
 */

import { describeProgress } from "../../../background/status/progress_text.ts";
import type { ProgressSnapshot } from "../../../background/status/progress_snapshot.ts";
import type { StopCondition } from "../../../background/worker/worker.ts";
import { Failure } from "../../../failure.ts";

/** How the workers of one database ended. */
export interface WorkOutcome {
  readonly database: string;
  readonly until: StopCondition;
  readonly batches: number;
  readonly snapshots: readonly ProgressSnapshot[];
}

/** `background/failed` or `background/unfinished`; undefined on success. */
export function outcomeOf(
  { database, until, batches, snapshots }: WorkOutcome,
): Failure | undefined {
  const [failed] = snapshots.filter(({ status }) => status === "failed");
  if (failed !== undefined) return failure(failed, database);
  if (until === "forever" || until === "once" && batches > 0) return undefined;
  const [paused] = snapshots.filter(({ status }) => status === "paused");
  if (paused !== undefined) {
    return unfinished(paused, {
      database,
      why: "is paused",
      hint: `Let it go on: migrator background resume ${paused.id} --db ${database}`,
    });
  }
  const [held] = snapshots.filter(({ held, finishedAt }) => held && finishedAt === undefined);
  return held && unfinished(held, {
    database,
    why: `is held: ${held.held!.reason}`,
    hint: `See: migrator background show ${held.id} --db ${database}`,
  });
}

function failure({ id, name, failure }: ProgressSnapshot, database: string): Failure {
  return new Failure(
    "background/failed",
    `Batched migration ${name} of "${database}" has failed${failure ? `: ${failure}` : ""}.`,
    {
      hint: `See what: migrator background failures ${name} --db ${database} and, when it is ` +
        `mended: migrator background retry ${name} --db ${database}`,
      facts: { database, id, name },
    },
  );
}

function unfinished(
  snapshot: ProgressSnapshot,
  { database, why, hint }: {
    readonly database: string;
    readonly why: string;
    readonly hint: string;
  },
): Failure {
  const { id, name, status } = snapshot;
  return new Failure(
    "background/unfinished",
    `Batched migration ${name} of "${database}" ${why} (${describeProgress(snapshot)}).`,
    { hint, facts: { database, id, name, status } },
  );
}
