/**
 * What one process knows of one database: the state of its workers, what they have done, and the
 * progress of its migrations.
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

/** Milliseconds that an answer is good for, and how long one may be waited for. */
const FRESH = 5_000;
const PATIENCE = 3_000;

/** An answer that takes long is asked for the less often: at most a twentieth of the time. */
const SHARE = 20;

/** Watches one database for one process. */
export class Monitor {
  readonly #name: BackgroundTables;
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #workers: number;
  readonly #ledger = new Counters();
  /** When each worker is to be heard of again. */
  readonly #due = new Map<string, { readonly since: number; readonly until: number }>();
  readonly #stop = new AbortController();
  #session: Session | undefined;
  #standings: readonly ProgressSnapshot[] = [];
  #asked: { readonly at: number; readonly took: number } | undefined;
  #asking: Promise<void> | undefined;
  /** Why the server did not answer; undefined when it did. */
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

  /** Is told of each event. */
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

  /** A worker that should have been heard of by now, in words. */
  stuck(): string | undefined {
    const now = this.#clock.elapsed();
    for (const [worker, { since, until }] of this.#due) {
      if (now <= until) continue;
      const seconds = Math.round((now - since) / 1_000);
      return `worker ${worker} of ${this.#name.database} was last heard of ${seconds} s ago`;
    }
    return undefined;
  }

  /** Why the database cannot be worked on; undefined when it can. */
  async trouble(): Promise<string | undefined> {
    await this.#look();
    return this.#trouble && `${this.#name.database}: ${this.#trouble}`;
  }

  /** As it is now, or was when the server last answered. */
  async known(): Promise<MetricsInput> {
    await this.#look();
    return {
      database: this.#name.database,
      isUp: this.#trouble === undefined,
      snapshots: this.#standings,
      counters: this.#ledger,
      workers: this.#workers,
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#asking;
    await this.#session?.close();
  }

  /** Asks the server unless that was done a moment ago; all who want to know share one answer. */
  async #look(): Promise<void> {
    const { at, took } = this.#asked ?? { at: -Infinity, took: 0 };
    if (this.#clock.elapsed() - at > Math.max(FRESH, took * SHARE)) {
      this.#asking ??= this.#ask().finally(() => this.#asking = undefined);
    }
    if (this.#asking === undefined) return;
    const inTime = await Promise.race([
      this.#asking.then(() => true),
      this.#clock.sleep(PATIENCE, this.#stop.signal).then(() => false, () => false),
    ]);
    if (!inTime) this.#trouble = `the server has not answered for ${PATIENCE / 1_000} s`;
  }

  async #ask(): Promise<void> {
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
      this.#standings = await readProgressSnapshots(this.#session, this.#name);
      this.#trouble = undefined;
    } catch (error) {
      if (!this.#stop.signal.aborted && !isOfServer(error)) throw error;
      this.#trouble = (error as Error).message;
    } finally {
      const at = this.#clock.elapsed();
      this.#asked = { at, took: at - began };
    }
  }
}

function isOfServer(error: unknown): boolean {
  return error instanceof Failure || error instanceof SqlError;
}
