/**
 * A TypeScript job as the work of a batch: `perform` runs concurrently with the engine, which
 * passes one sub-batch after another to its callback.
 *
 * The last sub-batch is committed only after `perform` has returned, so a succeeded batch includes
 * what `perform` does after `eachSubBatch`. An error of the job or the server ends `perform`; the
 * next attempt calls it again.
 *
 * @module
 */

import type { Clock } from "../../runtime/clock.ts";
import type { BackgroundReporter } from "../state/event.ts";
import type { BackgroundTables, StoredMigration } from "../state/rows.ts";
import type { SubBatch, SubBatchWork } from "../worker/sub_batch_work.ts";
import type { DefinedMigration } from "./define_batched_migration.ts";
import type { BatchedJob } from "./job.ts";
import { BatchGivenBack, JobMisuse } from "../worker/job_error.ts";
import { runCallback, type SubBatchCallback } from "./open_sub_batch.ts";
import { type OpenDatabase, OtherDatabases } from "./other_databases.ts";

/** The environment of a job. */
export interface JobEnvironment {
  readonly name: BackgroundTables;
  readonly report: BackgroundReporter;
  readonly signal: AbortSignal;
  readonly open: OpenDatabase;
  readonly clock: Clock;
}

/** Creates the work of one batch. */
export function jobWork(
  defined: DefinedMigration,
  { migration, environment }: {
    readonly migration: StoredMigration;
    readonly environment: JobEnvironment;
  },
): SubBatchWork {
  const others = new OtherDatabases(environment);
  let performance: Performance | undefined;
  const subBatch = async (batch: SubBatch): Promise<number> => {
    const job = { defined, migration, environment, others };
    performance ??= new Performance(job);
    try {
      const affected = await performance.subBatch(batch);
      if (batch.isLast) performance = undefined;
      return affected;
    } catch (error) {
      performance = undefined;
      throw error;
    }
  };
  return Object.assign(subBatch, {
    async end(): Promise<void> {
      await performance?.giveBack();
      await others.close();
    },
  });
}

/** Milliseconds that a worker waits for a job to clean up after its batch was given back. */
const CLEANUP_LIMIT = 5_000;

interface Performed {
  readonly defined: DefinedMigration;
  readonly migration: StoredMigration;
  readonly environment: JobEnvironment;
  readonly others: OtherDatabases;
}

/** One call of `perform`. */
class Performance {
  readonly #job: Performed;
  /** Settles when `perform` calls `eachSubBatch`, or ends without it. */
  readonly #callback = settleable<SubBatchCallback>();
  /** The promise that `eachSubBatch` returns. */
  readonly #batch = settleable<void>();
  /** Settles when `perform` has ended, with its error if it threw. Never rejects. */
  readonly #ended: Promise<{ readonly error: unknown } | undefined>;
  #isAsked = false;
  #hasEnded = false;

  constructor(job: Performed) {
    this.#job = job;
    this.#ended = this.#perform();
  }

  async #perform(): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#job.defined.perform(this.#handle());
      this.#callback.reject(
        new JobMisuse(
          `perform of ${this.#job.defined.name} returned without job.eachSubBatch: no row was moved.`,
        ),
      );
      return undefined;
    } catch (error) {
      this.#callback.reject(error);
      return { error };
    } finally {
      this.#hasEnded = true;
    }
  }

  async subBatch(batch: SubBatch): Promise<number> {
    const { migration, environment: { name } } = this.#job;
    let affected: number;
    try {
      const callback = await this.#callback.promise;
      affected = await runCallback(batch, { callback, of: { name, migration } });
    } catch (error) {
      this.#batch.reject(error);
      await this.#ended;
      throw error;
    }
    if (!this.#hasEnded && !batch.isLast) return affected;
    const isEarly = this.#hasEnded;
    this.#batch.resolve();
    const end = await this.#ended;
    if (end) throw end.error;
    if (!isEarly) return affected;
    throw new JobMisuse(
      `perform of ${this.#job.defined.name} ended before its batch did: await job.eachSubBatch.`,
    );
  }

  /**
   * Rejects `eachSubBatch`, so that `perform` can clean up, because the batch was given back or
   * held.
   */
  async giveBack(): Promise<void> {
    const reason = new BatchGivenBack(
      "The batch was given back; whoever takes it goes on with it.",
    );
    this.#batch.reject(reason);
    const { clock } = this.#job.environment;
    const enough = new AbortController();
    const limit = clock.sleep(CLEANUP_LIMIT, enough.signal).catch(() => undefined);
    const end = await Promise.race([this.#ended, limit]);
    enough.abort();
    if (end && end.error !== reason) this.#log(`when its batch was given back: ${end.error}`);
  }

  #handle(): BatchedJob {
    const { defined, migration, environment, others } = this.#job;
    const each = (callback: SubBatchCallback): Promise<void> => {
      if (this.#isAsked) {
        return Promise.reject(
          new JobMisuse(
            `perform of ${defined.name} asked for its sub-batches twice: do all in one callback.`,
          ),
        );
      }
      this.#isAsked = true;
      this.#callback.resolve(callback);
      return this.#batch.promise;
    };
    return {
      name: defined.name,
      arguments: migration.declaration.arguments,
      eachSubBatch: (work) => each({ kind: "each", work }),
      distinctEachBatch: (work) => each({ kind: "distinct", work }),
      database: (name) => others.database(name),
      signal: environment.signal,
      log: (message) => this.#log(message),
    };
  }

  #log(message: string): void {
    const { defined, migration, environment: { name, report } } = this.#job;
    const { database } = name;
    report({ type: "job-log", database, id: migration.id, name: defined.name, message });
  }
}

interface Settleable<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** A promise with its resolvers. Its rejection never counts as unhandled. */
function settleable<T>(): Settleable<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => [resolve, reject] = [yes, no]);
  promise.catch(() => {});
  return { promise, resolve, reject };
}
