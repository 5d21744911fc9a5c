// Pure.
/**
 * Counts the work of this process since its start, from the events that it reports.
 *
 * @module
 */

import type { BackgroundEvent } from "../state/event.ts";
import type { StoredMigration } from "../state/rows.ts";
import type { IndicatorReading, ThrottleVerdict } from "../throttle/verdict.ts";
import { type Histogram, observed } from "./exposition.ts";

/** GitLab's buckets of `batched_migration_job_query_duration_seconds`. */
const BOUNDS = [0.1, 0.25, 0.5, 1, 5];

/** Counts of one migration. Times are seconds. */
export interface CounterValues {
  /** `job_class_name`. */
  readonly name: string;
  claims: number;
  retries: number;
  leasesLost: number;
  quarantined: number;
  changedRows: number;
  archived: number;
  worked: number;
  paused: number;
  held: number;
  /** Of the last batch that succeeded or failed. */
  duration: number | undefined;
  /** Of the last batch or sub-batch, since the epoch. */
  lastUpdate: number | undefined;
  queries: Histogram;
  /** By `exception_class`. */
  readonly failures: Map<string, number>;
  /** By indicator. */
  readonly holds: Map<string, number>;
  readonly signals: Map<string, IndicatorReading["signal"]>;
}

/** Counts by migration, for one database. */
export class Counters {
  readonly #counts = new Map<string, CounterValues>();
  /** The start times of running batches, by id. */
  readonly #begun = new Map<string, number>();

  /** Returns the counts of a migration; undefined if this process has not worked on it. */
  of(migration: string): CounterValues | undefined {
    return this.#counts.get(migration);
  }

  /** @param now Milliseconds since the epoch. */
  note(event: BackgroundEvent, now: number): void {
    if (!("id" in event)) return;
    const counts = this.#get(event.id, event.name);
    switch (event.type) {
      case "job-transition":
        return this.#transition(counts, event, now);
      case "sub-batch": {
        const seconds = event.milliseconds / 1_000;
        counts.queries = observed(counts.queries, seconds);
        counts.worked += seconds;
        counts.changedRows += event.affected;
        counts.lastUpdate = now / 1_000;
        return;
      }
      case "held":
        counts.held += event.holdFor / 1_000;
        return;
      case "quarantined":
        counts.quarantined++;
        return;
      case "lease-lost":
        counts.leasesLost++;
        this.#begun.delete(event.job);
        return;
      case "archived":
        counts.archived += event.jobs;
        return;
    }
  }

  looked({ id, declaration }: StoredMigration, { signal, readings }: ThrottleVerdict): void {
    const { signals, holds } = this.#get(id, declaration.name);
    for (const reading of readings) signals.set(reading.indicator, reading.signal);
    if (signal !== "stop") return;
    for (const reading of readings) {
      if (reading.signal === "stop") increase(holds, reading.indicator);
    }
  }

  paused({ id, declaration }: StoredMigration, milliseconds: number): void {
    this.#get(id, declaration.name).paused += milliseconds / 1_000;
  }

  #transition(
    counts: CounterValues,
    { job, previousState, newState, exceptionClass }: Extract<
      BackgroundEvent,
      { readonly type: "job-transition" }
    >,
    now: number,
  ): void {
    counts.lastUpdate = now / 1_000;
    if (newState === "running") {
      // From failed: a retry, by the same worker at once or by any worker later.
      if (previousState === "failed") counts.retries++;
      else counts.claims++;
      this.#begun.set(job, now);
      return;
    }
    if (newState === "failed") increase(counts.failures, exceptionClass ?? "");
    const begun = this.#begun.get(job);
    if (begun !== undefined) counts.duration = (now - begun) / 1_000;
    this.#begun.delete(job);
  }

  #get(migration: string, name: string): CounterValues {
    const known = this.#counts.get(migration);
    if (known) return known;
    const counts: CounterValues = {
      name,
      claims: 0,
      retries: 0,
      leasesLost: 0,
      quarantined: 0,
      changedRows: 0,
      archived: 0,
      worked: 0,
      paused: 0,
      held: 0,
      duration: undefined,
      lastUpdate: undefined,
      queries: { bounds: BOUNDS, counts: [...BOUNDS, 0].map(() => 0), sum: 0 },
      failures: new Map(),
      holds: new Map(),
      signals: new Map(),
    };
    this.#counts.set(migration, counts);
    return counts;
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
