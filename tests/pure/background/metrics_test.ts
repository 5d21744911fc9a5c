import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import {
  exposition,
  type Histogram,
  histogramSamples,
  observed,
} from "../../../src/background/metrics/exposition.ts";
import { familiesOf, type MetricsInput } from "../../../src/background/metrics/metric_families.ts";
import { Counters } from "../../../src/background/metrics/counters.ts";
import type { StoredMigration } from "../../../src/background/state/rows.ts";
import { readExposition } from "../../support/exposition.ts";
import { standing } from "../../support/progress_snapshot.ts";

const LABEL = { database: "shop", id: "3", name: "backfill_routes" };

const SERIES =
  '{database="shop",migration_id="3",migration_identifier="backfill_routes/routes.id"}';

function known(counters: Counters, given: Partial<MetricsInput> = {}): MetricsInput {
  const snapshots = [standing({ column: "id" })];
  return { database: "shop", isUp: true, snapshots, counters, workers: 2, ...given };
}

function scrape(all: readonly MetricsInput[]) {
  return readExposition(exposition(familiesOf(all, "1.0")));
}

describe("Prometheus' text", () => {
  test("escapes what would end a label or a line, and leaves empty families out", () => {
    const labels = { a: 'say "x"\\\nend' };
    const text = exposition([
      { name: "one", type: "gauge", help: "a\\b\nc", samples: [{ labels, value: 1.5e-7 }] },
      { name: "none", type: "gauge", help: "", samples: [] },
    ]);
    assert.equal(
      text,
      '# HELP one a\\\\b\\nc\n# TYPE one gauge\none{a="say \\"x\\"\\\\\\nend"} 1.5e-7\n',
    );
    assert.equal(readExposition(text).size, 1);
  });

  test("counts a histogram's buckets upwards", () => {
    const empty: Histogram = { bounds: [0.1, 1], counts: [0, 0, 0], sum: 0 };
    const full = [0.1, 0.5, 7].reduce(observed, empty);
    assert.deepEqual(
      histogramSamples(full, {}).map(({ suffix, labels, value }) => [
        `${suffix}${labels["le"] ?? ""}`,
        value,
      ]),
      [["_bucket0.1", 1], ["_bucket1", 2], ["_bucket+Inf", 3], ["_sum", 7.6], ["_count", 3]],
    );
  });
});

/** What a process has counted of one batch: it ran, failed, was retried, and succeeded. */
function countersOfOneBatch(): Counters {
  const counters = new Counters();
  const job = {
    ...LABEL,
    type: "job-transition",
    job: "7",
    jobArguments: {},
    worker: "w",
  } as const;
  const events: readonly (readonly [number, BackgroundEvent])[] = [
    [1_000, { ...job, previousState: "pending", newState: "running" }],
    [1_200, {
      ...LABEL,
      type: "sub-batch",
      job: "7",
      cursor: ["9"],
      size: 10,
      affected: 8,
      milliseconds: 200,
    }],
    [1_300, {
      ...job,
      previousState: "running",
      newState: "failed",
      exceptionClass: 'Dead"lock',
    }],
    [1_300, { ...job, previousState: "failed", newState: "running" }],
    [3_300, { ...job, previousState: "running", newState: "succeeded" }],
    [3_400, { ...LABEL, type: "held", reason: "x", holdFor: 5_000, isOverdue: false }],
    [3_500, { ...LABEL, type: "lease-lost", job: "8", worker: "w" }],
    [3_600, { ...LABEL, type: "archived", part: 1, jobs: 40 }],
  ];
  for (const [now, event] of events) counters.note(event, now);
  const migration = { id: "3", declaration: { name: "backfill_routes" } } as StoredMigration;
  counters.paused(migration, 1_500);
  counters.looked(migration, {
    signal: "stop",
    isOverdue: false,
    readings: [
      { indicator: "replica-lag", signal: "stop", reason: "1 GB" },
      { indicator: "autovacuum", signal: "slow", reason: "" },
      { indicator: "lock-waits", signal: "unknown", reason: "" },
    ],
  });
  return counters;
}

const DURATION = "batched_migration_job_query_duration_seconds_bucket";

/** Each metric of that batch: its name, more labels than those of the migration, and its value. */
const METRICS: readonly (readonly [name: string, labels: string, value: number])[] = [
  // GitLab's.
  ["batched_migration_job_batch_size", "", 100_000],
  ["batched_migration_job_sub_batch_size", "", 1_000],
  ["batched_migration_job_interval_seconds", "", 0],
  ["batched_migration_job_duration_seconds", "", 2],
  ["batched_migration_job_updated_tuples_total", "", 8],
  ["batched_migration_migrated_tuples_total", "", 500_000],
  ["batched_migration_total_tuple_count", "", 1_000_000],
  ["batched_migration_last_update_time_seconds", "", 3.3],
  [DURATION, 'operation="sub_batch",le="0.1"', 0],
  [DURATION, 'operation="sub_batch",le="0.25"', 1],
  // Ours.
  ["migrator_background_claims_total", "", 1],
  ["migrator_background_retries_total", "", 1],
  ["migrator_background_leases_lost_total", "", 1],
  ["migrator_background_archived_batches_total", "", 40],
  ["migrator_background_progress_ratio", "", 0.5],
  ["migrator_background_left_seconds", "", 250],
  ["migrator_background_failures_total", 'exception_class="Dead\\"lock"', 1],
  ["migrator_background_holds_total", 'reason="replica-lag"', 1],
  ["migrator_background_seconds_total", 'state="worked"', 0.2],
  ["migrator_background_seconds_total", 'state="paused"', 1.5],
  ["migrator_background_seconds_total", 'state="held"', 5],
  ["migrator_background_throttle_signal", 'indicator="replica-lag"', 2],
  ["migrator_background_throttle_signal", 'indicator="autovacuum"', 1],
  ["migrator_background_throttle_signal", 'indicator="lock-waits"', -1],
];

describe("metrics of background work", () => {
  const scraped = scrape([known(countersOfOneBatch())]);
  for (const [name, labels, value] of METRICS) {
    test(`have ${name} ${labels}`, () => {
      const series = labels === "" ? SERIES : `${SERIES.slice(0, -1)},${labels}}`;
      assert.equal(scraped.get(name + series), value);
    });
  }

  test("tell of what is over only where this process has worked on it", () => {
    const over = [standing({ status: "finished", column: "id" })];
    const untouched = scrape([known(new Counters(), { snapshots: over, isUp: false })]);
    assert.equal(untouched.get("batched_migration_job_batch_size" + SERIES), undefined);
    assert.equal(
      untouched.get('migrator_background_migrations{database="shop",status="finished"}'),
      1,
    );
    assert.equal(untouched.get('migrator_background_up{database="shop"}'), 0);
    const counters = new Counters();
    counters.note({ ...LABEL, type: "archived", part: 1, jobs: 1 }, 0);
    const touched = scrape([known(counters, { snapshots: over }), {
      ...known(new Counters()),
      database: "other",
    }]);
    assert.equal(touched.get("batched_migration_job_batch_size" + SERIES), 100_000);
  });
});
