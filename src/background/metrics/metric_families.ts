// Pure.
/**
 * The metrics for Prometheus: GitLab's nine, with their names and labels plus `database`, and
 * migrator's own.
 *
 * GitLab sets some metrics when a batch ends; here they are the current values in the database,
 * where it has them.
 *
 * @module
 */

import { progressOf, secondsLeft } from "../status/progress.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import { type BatchedMigrationStatus, MIGRATION_STATUS } from "../state/state_machine.ts";
import {
  histogramSamples,
  type Labels,
  type MetricFamily,
  type MetricSample,
} from "./exposition.ts";
import type { Counters, CounterValues } from "./counters.ts";

/** The input for one database. */
export interface MetricsInput {
  readonly database: string;
  /** Whether the server answered the last query. */
  readonly isUp: boolean;
  /** The snapshots of the server's last answer. */
  readonly snapshots: readonly ProgressSnapshot[];
  readonly counters: Counters;
  readonly workers: number;
}

/** A migration with series: it is unfinished, or this process has worked on it. */
interface Seen {
  readonly snapshot: ProgressSnapshot;
  readonly counts: CounterValues | undefined;
  readonly labels: Labels;
}

const OVER: readonly BatchedMigrationStatus[] = ["finished", "finalized", "deleted"];

const SIGNALS = { full: 0, slow: 1, stop: 2, unknown: -1 } as const;

/** @param version The version of this program. */
export function familiesOf(
  metricsInputs: readonly MetricsInput[],
  version: string,
): readonly MetricFamily[] {
  const seen = metricsInputs.flatMap(({ database, snapshots, counters }) =>
    snapshots.flatMap((snapshot): readonly Seen[] => {
      const counts = counters.of(snapshot.id);
      if (counts === undefined && OVER.includes(snapshot.status)) return [];
      const { id, name, table, column } = snapshot;
      const identifier = `${name}/${table}.${column}`;
      return [{
        snapshot,
        counts,
        labels: { database, migration_id: id, migration_identifier: identifier },
      }];
    })
  );
  return [
    ...processFamilies(metricsInputs, version),
    ...GAUGES.map(([name, help, value]): MetricFamily => ({
      name,
      type: "gauge",
      help,
      samples: seen.flatMap((one) => sample(one.labels, value(one))),
    })),
    ...COUNTERS.map(([name, help, value]): MetricFamily => ({
      name,
      type: "counter",
      help,
      samples: seen.flatMap((one) => one.counts ? sample(one.labels, value(one.counts)) : []),
    })),
    ...labelled(seen),
  ];
}

function sample(labels: Labels, value: number | undefined): readonly MetricSample[] {
  return value === undefined ? [] : [{ labels, value }];
}

type Gauge = readonly [string, string, (seen: Seen) => number | undefined];

const GAUGES: readonly Gauge[] = [
  // GitLab's.
  [
    "batched_migration_job_batch_size",
    "Rows of a batch, at present.",
    ({ snapshot }) => snapshot.batchSize,
  ],
  [
    "batched_migration_job_sub_batch_size",
    "Rows of a sub-batch, at present.",
    ({ snapshot }) => snapshot.subBatchSize,
  ],
  [
    "batched_migration_job_interval_seconds",
    "Seconds from the start of one batch to that of the next.",
    ({ snapshot }) => snapshot.interval,
  ],
  [
    "batched_migration_job_duration_seconds",
    "Seconds that this process's last batch took.",
    ({ counts }) => counts?.duration,
  ],
  [
    "batched_migration_migrated_tuples_total",
    "Rows that are done.",
    ({ snapshot }) => snapshot.done,
  ],
  [
    "batched_migration_total_tuple_count",
    "The planner's estimate of all rows.",
    ({ snapshot }) => snapshot.total,
  ],
  [
    "batched_migration_last_update_time_seconds",
    "When this process last did something of it, in seconds since 1970.",
    ({ counts }) => counts?.lastUpdate,
  ],
  // Ours.
  [
    "migrator_background_affected_rows",
    "Rows that were changed.",
    ({ snapshot }) => snapshot.affected,
  ],
  [
    "migrator_background_progress_ratio",
    "The part that is done, from 0 to 1.",
    ({ snapshot }) => progressOf(snapshot),
  ],
  [
    "migrator_background_left_seconds",
    "Seconds that the rest will take at the present rate.",
    ({ snapshot }) => secondsLeft(snapshot),
  ],
  [
    "migrator_background_quarantined_rows",
    "Rows that are put aside, unresolved.",
    ({ snapshot }) => snapshot.quarantined,
  ],
  [
    "migrator_background_held",
    "1 while something holds it back.",
    ({ snapshot }) => snapshot.held === undefined ? 0 : 1,
  ],
  [
    "migrator_background_folded_batches",
    "Batches that the janitor has folded.",
    ({ snapshot }) => snapshot.archives.reduce((sum, { jobs }) => sum + jobs, 0),
  ],
];

const COUNTERS: readonly (readonly [string, string, (counts: CounterValues) => number])[] = [
  [
    "batched_migration_job_updated_tuples_total",
    "Rows that this process has changed.",
    (counts) => counts.changedRows,
  ],
  [
    "migrator_background_claims_total",
    "Batches that this process has taken, for the first time or from another worker.",
    (counts) => counts.claims,
  ],
  [
    "migrator_background_retries_total",
    "Batches, and parts of them, that this process has tried again after a refusal.",
    (counts) => counts.retries,
  ],
  [
    "migrator_background_leases_lost_total",
    "Batches that were another worker's when this process went on with them.",
    (counts) => counts.leasesLost,
  ],
  [
    "migrator_background_quarantined_total",
    "Rows that this process has put aside.",
    (counts) => counts.quarantined,
  ],
  [
    "migrator_background_archived_batches_total",
    "Batches that this process has folded.",
    (counts) => counts.archived,
  ],
];

/** The families with an additional label. */
function labelled(seen: readonly Seen[]): readonly MetricFamily[] {
  const each = (of: (one: Seen) => readonly MetricSample[]) => seen.flatMap(of);
  const byKey = (label: string, of: (counts: CounterValues) => ReadonlyMap<string, number>) =>
    each(({ counts, labels }) =>
      [...counts ? of(counts) : []].map(([key, value]) => ({
        labels: { ...labels, [label]: key },
        value,
      }))
    );
  return [
    {
      name: "batched_migration_job_query_duration_seconds",
      type: "histogram",
      help: "Seconds of this process's sub-batches, from BEGIN to COMMIT.",
      samples: each(({ counts, labels }) =>
        counts ? histogramSamples(counts.queries, { ...labels, operation: "sub_batch" }) : []
      ),
    },
    {
      name: "migrator_background_seconds_total",
      type: "counter",
      help:
        "Seconds that this process's workers have worked, paused between sub-batches, and for " +
        "which they have held it back.",
      samples: each(({ counts, labels }) =>
        counts
          ? (["worked", "paused", "held"] as const).map((state) => ({
            labels: { ...labels, state },
            value: counts[state],
          }))
          : []
      ),
    },
    {
      name: "migrator_background_failures_total",
      type: "counter",
      help: "Refusals that this process's workers have met.",
      samples: byKey("exception_class", ({ failures }) => failures),
    },
    {
      name: "migrator_background_holds_total",
      type: "counter",
      help: "How often this process has held it back, by the indicator that said stop.",
      samples: byKey("reason", ({ holds }) => holds),
    },
    {
      name: "migrator_background_throttle_signal",
      type: "gauge",
      help: "What each indicator said last: 0 full speed, 1 slow, 2 stop, -1 cannot be asked.",
      samples: byKey(
        "indicator",
        ({ signals }) => new Map([...signals].map(([key, signal]) => [key, SIGNALS[signal]])),
      ),
    },
    {
      name: "migrator_background_batches",
      type: "gauge",
      help: "Batches by state, those that were folded included.",
      samples: each(({ snapshot: { jobs }, labels }) =>
        Object.entries(jobs).map(([status, value]) => ({ labels: { ...labels, status }, value }))
      ),
    },
  ];
}

function processFamilies(
  metricsInputs: readonly MetricsInput[],
  version: string,
): readonly MetricFamily[] {
  return [
    {
      name: "migrator_build_info",
      type: "gauge",
      help: "This program's version.",
      samples: [{ labels: { version }, value: 1 }],
    },
    {
      name: "migrator_background_up",
      type: "gauge",
      help: "1 when the server answered the last question; else the rest is as it was then.",
      samples: metricsInputs.map(({ database, isUp }) => ({
        labels: { database },
        value: Number(isUp),
      })),
    },
    {
      name: "migrator_background_workers",
      type: "gauge",
      help: "Workers of this process.",
      samples: metricsInputs.map(({ database, workers }) => ({
        labels: { database },
        value: workers,
      })),
    },
    {
      name: "migrator_background_migrations",
      type: "gauge",
      help: "Batched migrations by state.",
      samples: metricsInputs.flatMap(({ database, snapshots }) =>
        Object.keys(MIGRATION_STATUS).map((status) => ({
          labels: { database, status },
          value: snapshots.filter((one) => one.status === status).length,
        }))
      ),
    },
  ];
}
