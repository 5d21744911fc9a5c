/**
 * Finalizes batched migrations for people who use the page, one at a time for each.
 *
 * @module
 */

import { finalize } from "../../../background/crew/finalize.ts";
import { workerOptions, type WorkerPool } from "../../../background/crew/worker_pool.ts";
import type { ProgressSnapshot } from "../../../background/status/progress_snapshot.ts";
import { Failure } from "../../../failure.ts";
import type { Actor } from "./page_changes.ts";
import type { PageLog } from "./page_log.ts";
import { type ServedDatabase, troublesOf } from "./read_views.ts";

/** Runs finalizations in this process until they end or the process is stopped. */
export class Finalizer {
  readonly #poolOf: (database: string) => Promise<WorkerPool>;
  readonly #running = new Map<string, Promise<void>>();

  /** @param poolOf The pool of a database; its signal ends all finalizations. */
  constructor(poolOf: (database: string) => Promise<WorkerPool>) {
    this.#poolOf = poolOf;
  }

  /**
   * Begins; the log says how it ends.
   *
   * @throws {Failure} `background/wrong-state`: this process finalizes it already.
   */
  begin(
    { name }: ServedDatabase,
    { snapshot, by, log }: {
      readonly snapshot: ProgressSnapshot;
      readonly by: Actor;
      readonly log: PageLog;
    },
  ): void {
    const key = `${name} ${snapshot.id}`;
    if (this.#running.has(key)) {
      throw new Failure(
        "background/wrong-state",
        `Batched migration ${snapshot.name} of "${name}" is being finalized already.`,
        { hint: "Wait for its end, which the log tells." },
      );
    }
    const tell = (text: string, level: "info" | "error") =>
      log.add({ at: new Date().toISOString(), database: name, text, level });
    const running = this.#finalize(name, { snapshot, by }).then(
      () => tell(`${snapshot.name} (${snapshot.id}) is finalized: nothing is left`, "info"),
      (error: unknown) => {
        for (const { code, message } of troublesOf(error)) tell(`${code}: ${message}`, "error");
      },
    ).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
  }

  async #finalize(
    database: string,
    { snapshot: { id, name }, by }: { readonly snapshot: ProgressSnapshot; readonly by: Actor },
  ): Promise<void> {
    const pool = await this.#poolOf(database);
    await finalize({
      ...workerOptions(pool, 0),
      worker: pool.process,
      which: { name, id },
      mode: "run",
      ...by,
      deadline: undefined,
      workers: 1,
    });
  }

  /** Waits for the ends of all; the signal of the pools has been aborted. */
  async close(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
