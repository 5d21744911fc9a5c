/**
 * Jobs in TypeScript for tests: queued beside a table, and worked on in this process.
 *
 * @module
 */

import { type JobRegistry, registryLookups } from "../../src/background/jobs/job_registry.ts";
import {
  type BatchedMigrationOptions,
  defineBatchedMigration,
  type NoParameters,
} from "../../src/background/jobs/define_batched_migration.ts";
import type { BatchedJob } from "../../src/background/jobs/job.ts";
import type { BackgroundEvent } from "../../src/background/state/event.ts";
import type { Connector } from "../../src/connection/session/session.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { BACKGROUND, type Scene, work } from "./background.ts";

/** What a worker of a test is given beside its jobs. */
export interface JobWork extends Partial<JobRegistry> {
  readonly connector: Connector;
  readonly workers?: number;
  readonly events?: BackgroundEvent[];
  readonly signal?: AbortSignal;
}

/** Works on what is queued with these jobs until nothing is left; gives the events. */
export async function workWithJobs(
  { connector, workers = 1, events = [], signal = new AbortController().signal, ...code }: JobWork,
): Promise<readonly BackgroundEvent[]> {
  const means = registryLookups({
    name: BACKGROUND,
    connector,
    clock: systemClock,
    report: (event) => void events.push(event),
    signal,
    code: { connectorTo: () => Promise.resolve(connector), jobs: [], strategies: [], ...code },
  });
  await work(connector, { ...means, workers, events, signal });
  return events;
}

/** A job over the table of a scene. */
export function jobOf(
  perform: (job: BatchedJob) => Promise<void>,
  more: Partial<BatchedMigrationOptions<NoParameters>> = {},
) {
  return defineBatchedMigration({
    name: "test",
    database: BACKGROUND.database,
    table: "counted",
    pause: 0,
    ...more,
    perform,
  });
}

/** The status of each migration, and why it has failed. */
export async function statesOf({ sql }: Scene) {
  return await sql(
    "SELECT status, (SELECT reason FROM migrator.batched_background_migration_events " +
      "WHERE event = 'fail' AND batched_background_migration_id = m.id) " +
      "FROM migrator.batched_background_migrations AS m ORDER BY id",
  );
}

/** How many rows were done how often. */
export async function countsOf({ sql }: Scene) {
  return await sql("SELECT n, count(*) FROM counted GROUP BY n ORDER BY n");
}
