/**
 * Monitors one database for one process: the health of its workers, their counts, and the progress
 * of its migrations.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import { SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { BackgroundEvent } from "../state/event.ts";
import { type ProgressSnapshot, readProgressSnapshots } from "../status/progress_snapshot.ts";
import type { BackgroundTables } from "../state/rows.ts";
import type { MetricsInput } from "./metric_families.ts";
import { Counters } from "./counters.ts";
import type { Heartbeat } from "../state/heartbeat.ts";

/** Milliseconds for which an answer stays valid, and the longest wait for one. */
const FRESH = 5_000;
const ANSWER_LIMIT = 3_000;

/** Slow queries run less often, so that they take at most 1/SHARE of the time. */
const SHARE = 20;

/** Monitors one database for one process. */
export class Monitor {
  readonly #name: BackgroundTables;
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #workers: number;
  readonly #ledger = new Counters();
  /** The deadline of each worker's next sign of life. */
  readonly #due = new Map<string, { readonly since: number; readonly until: number }>();
  readonly #stop = new AbortController();
  #session: Session | undefined;
  #snapshots: readonly ProgressSnapshot[] = [];
  #answered: { readonly at: number; readonly took: number } | undefined;
  #reading: Promise<void> | undefined;
  /** Why the server did not answer; undefined if it did. */
  #trouble: string | undefined = "it was not asked yet";

  constructor({ name, connector, clock, workers }: {
    readonly name: BackgroundTables;
    readonly connector: Connector;
    readonly clock: Clock;
    readonly workers: number;
  }) {
    this.#name = name;
    this.#connector = connector;
    this.#clock = clock;
    this.#workers = workers;
  }

  /** Receives each event. */
  note(event: BackgroundEvent): void {
    this.#ledger.note(event, this.#clock.now());
  }

  readonly heartbeat: Heartbeat = {
    beat: (worker, within) => {
      const since = this.#clock.elapsed();
      this.#due.set(worker, { since, until: since + within });
    },
    looked: (migration, verdict) => this.#ledger.looked(migration, verdict),
    paused: (migration, milliseconds) => this.#ledger.paused(migration, milliseconds),
  };

  /** Describes a worker that has missed its deadline; undefined if none has. */
  stuck(): string | undefined {
    const now = this.#clock.elapsed();
    for (const [worker, { since, until }] of this.#due) {
      if (now <= until) continue;
      const seconds = Math.round((now - since) / 1_000);
      return `worker ${worker} of ${this.#name.database} was last heard of ${seconds} s ago`;
    }
    return undefined;
  }

  /** Why workers cannot use the database; undefined if they can. */
  async trouble(): Promise<string | undefined> {
    await this.#refresh();
    return this.#trouble && `${this.#name.database}: ${this.#trouble}`;
  }

  /** Returns the current values, or those of the server's last answer. */
  async known(): Promise<MetricsInput> {
    await this.#refresh();
    return {
      database: this.#name.database,
      isUp: this.#trouble === undefined,
      snapshots: this.#snapshots,
      counters: this.#ledger,
      workers: this.#workers,
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    // A silent server must not keep the process from ending.
    this.#session?.abandon();
    await this.#reading;
    await this.#session?.close();
  }

  /** Queries the server unless the last answer is recent. Concurrent callers share one query. */
  async #refresh(): Promise<void> {
    const { at, took } = this.#answered ?? { at: -Infinity, took: 0 };
    if (this.#clock.elapsed() - at > Math.max(FRESH, took * SHARE)) {
      this.#reading ??= this.#readSnapshots().finally(() => this.#reading = undefined);
    }
    if (this.#reading === undefined) return;
    const inTime = await Promise.race([
      this.#reading.then(() => true),
      this.#clock.sleep(ANSWER_LIMIT, this.#stop.signal).then(() => false, () => false),
    ]);
    if (!inTime) this.#trouble = `the server has not answered for ${ANSWER_LIMIT / 1_000} s`;
  }

  async #readSnapshots(): Promise<void> {
    const began = this.#clock.elapsed();
    try {
      if (this.#session?.isLost) await this.#session.close();
      if (this.#session === undefined || this.#session.isLost) {
        this.#session = undefined;
        this.#session = await this.#connector.open({
          applicationName: `migrator background ${this.#name.database} (metrics)`,
          signal: this.#stop.signal,
        });
      }
      this.#snapshots = await readProgressSnapshots(this.#session, this.#name);
      this.#trouble = undefined;
    } catch (error) {
      // Nobody may be waiting any more, so a defect is told like any other trouble.
      this.#trouble = isOfServer(error)
        ? error.message
        : this.#stop.signal.aborted
        ? "it is being closed"
        : `it could not be asked: ${String(error)}`;
    } finally {
      const at = this.#clock.elapsed();
      this.#answered = { at, took: at - began };
    }
  }
}

function isOfServer(error: unknown): error is Error {
  return error instanceof Failure || error instanceof SqlError;
}
