/**
 * `metrics.md`: what `background work --listen` answers, from what it answers about an example.
 *
 * @module
 */

import { familiesOf } from "../../src/background/metrics/metric_families.ts";
import type { MetricFamily } from "../../src/background/metrics/exposition.ts";
import { Counters } from "../../src/background/metrics/counters.ts";
import type { ProgressSnapshot } from "../../src/background/status/progress_snapshot.ts";
import type { StoredMigration } from "../../src/background/state/rows.ts";
import { code, inline, type Page, page, shell, table } from "./markdown.ts";

export function metricsPage(): Page {
  const families = familiesOf([example()], "1.0.0");
  return page(
    {
      file: "metrics.md",
      title: "Metrics",
      about: "what Prometheus reads from a worker of batched migrations",
    },
    "A worker answers over HTTP while it works: `/healthz`, `/readyz` and, in Prometheus' text " +
      "format, `/metrics`.",
    shell(["migrator background work --forever --listen :9187"]),
    "Families whose names begin with `batched_migration_` have GitLab's names and labels, and " +
      "`database` besides. Counters count what this process has done since it began. Gauges say " +
      "what the database said last.",
    table(
      ["metric", "type", "labels", "meaning"],
      families.map((family) => [
        code(family.name),
        family.type,
        labelsOf(family).map(code).join(", "),
        inline(family.help),
      ]),
    ),
  );
}

/** @throws {Error} When the example shows no sample of a family. */
function labelsOf({ name, samples }: MetricFamily): readonly string[] {
  const [sample] = samples;
  if (sample === undefined) {
    throw new Error(`the example of tools/reference/metrics_page.ts has no sample of ${name}`);
  }
  return Object.keys(sample.labels).filter((label) => label !== "le");
}

/** A database in which everything has happened once. */
function example() {
  const label = { database: "shop", id: "1", name: "backfill_routes" };
  const job = {
    ...label,
    type: "job-transition",
    job: "1",
    jobArguments: {},
    worker: "w",
  } as const;
  const counters = new Counters();
  counters.note({ ...job, previousState: "pending", newState: "running" }, 0);
  counters.note({
    ...job,
    previousState: "running",
    newState: "failed",
    exceptionClass: "PG::CheckViolation",
  }, 1);
  // As much of it as is looked at.
  const migration = { id: label.id, declaration: { name: label.name } } as StoredMigration;
  const reading = { indicator: "replica-lag", signal: "stop", reason: "" } as const;
  counters.looked(migration, { signal: "stop", readings: [reading], isOverdue: false });
  return { database: "shop", isUp: true, snapshots: [STANDING], counters, workers: 1 };
}

const STANDING: ProgressSnapshot = {
  id: "1",
  name: "backfill_routes",
  generation: 1,
  direction: "up",
  status: "active",
  table: "routes",
  column: "id",
  arguments: {},
  queuedBy: undefined,
  createdAt: "",
  startedAt: "",
  finishedAt: undefined,
  verifiedAt: undefined,
  supersededBy: undefined,
  paused: undefined,
  held: undefined,
  slowed: undefined,
  batchSize: 1,
  subBatchSize: 1,
  pauseMs: 1,
  interval: 1,
  maxWorkers: 1,
  total: 2,
  done: 1,
  affected: 1,
  jobs: { pending: 0, running: 1, failed: 0, succeeded: 0 },
  quarantined: 0,
  dropped: 0,
  rate: 1,
  failure: undefined,
  archives: [],
};
