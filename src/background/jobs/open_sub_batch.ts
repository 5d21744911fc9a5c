/**
 * A sub-batch while a job's callback runs. It can be used only until the callback returns.
 *
 * @module
 */

import { type Answer, SqlError } from "../../connection/session/session.ts";
import { changedRows } from "../worker/sql_work.ts";
import type { SubBatch } from "../worker/sub_batch_work.ts";
import { idempotencyKey, type IdempotencyScope } from "./idempotency_key.ts";
import type { DistinctSubBatch, JobRow, JobSubBatch } from "./job.ts";
import { JobMisuse } from "../worker/job_error.ts";
import { SqlFragment, type SqlValue, statementOf } from "./sql_fragment.ts";

/** A job's callback for a sub-batch. */
export type SubBatchCallback =
  | { readonly kind: "each"; readonly work: (sub: JobSubBatch) => Promise<void> }
  | { readonly kind: "distinct"; readonly work: (sub: DistinctSubBatch) => Promise<void> };

/**
 * Runs a callback with a sub-batch.
 *
 * @returns The number of rows that its statements changed.
 * @throws What the callback throws, or the first error of a statement that the callback ignored.
 * @throws {JobMisuse}
 */
export async function runCallback(
  batch: SubBatch,
  { callback, of }: { readonly callback: SubBatchCallback; readonly of: IdempotencyScope },
): Promise<number> {
  const open = new OpenSubBatch(batch, of);
  if (callback.kind === "each") return await open.run(callback.work);
  const keys = await batch.distinct();
  return await open.run((sub) => callback.work(withKeys(sub, keys)));
}

/**
 * Copies property descriptors, not values: the getters record that the callback has used the rows.
 */
function withKeys(sub: JobSubBatch, keys: readonly (readonly string[])[]): DistinctSubBatch {
  return Object.defineProperties({}, {
    ...Object.getOwnPropertyDescriptors(sub),
    keys: { enumerable: true, get: () => sub.until && keys },
    values: {
      enumerable: true,
      get: () =>
        sub.until && keys.map(([value, ...more]) => {
          if (more.length === 0) return value!;
          throw new JobMisuse("A key of several columns has no `values`: take `keys`.");
        }),
    },
  }) as DistinctSubBatch;
}

class OpenSubBatch {
  readonly #batch: SubBatch;
  readonly #of: IdempotencyScope;
  /**
   * Statements run one after another. After an error the server would refuse the next one with
   * another error.
   */
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;
  #isOpen = true;
  #refused: SqlError | undefined;
  #affected = 0;
  #knowsRows = false;

  constructor(batch: SubBatch, of: IdempotencyScope) {
    this.#batch = batch;
    this.#of = of;
  }

  async run(work: (sub: JobSubBatch) => Promise<void>): Promise<number> {
    let running: number;
    try {
      await work(this.#handle());
    } finally {
      running = this.#running;
      this.#isOpen = false;
      // No statement may be sent or be under way when the engine continues the transaction.
      await this.#last.catch(() => {});
    }
    if (this.#refused) throw this.#refused;
    if (running > 0) {
      throw new JobMisuse(
        "The callback returned while a statement of its was still running: await each of them.",
      );
    }
    if (!this.#knowsRows) {
      throw new JobMisuse(
        "The callback never asked which rows its sub-batch has: put `${sub.rows()}` into a WHERE.",
      );
    }
    return this.#affected;
  }

  /** Bound functions instead of methods, because a callback may destructure the object. */
  #handle(): JobSubBatch {
    const known = <T>(value: T): T => {
      this.#knowsRows = true;
      return value;
    };
    const { after, until } = this.#batch.range;
    const keyOf = (...parts: readonly string[]) => idempotencyKey(this.#of, parts);
    return {
      sql: async (strings, ...values) => (await this.#send(strings, values)).count,
      query: async (strings, ...values): Promise<readonly JobRow[]> =>
        (await this.#send(strings, values)).rows,
      rows: (alias = "") => known(new SqlFragment(`(${this.#batch.condition(alias)})`)),
      get after() {
        return known(after);
      },
      get until() {
        return known(until);
      },
      get idempotencyKey() {
        return keyOf(JSON.stringify([after ?? null, until]));
      },
      idempotencyKeyOf: (...parts) => keyOf("one", ...parts),
    };
  }

  async #send(strings: TemplateStringsArray, values: readonly SqlValue[]): Promise<Answer> {
    if (!this.#isOpen) {
      throw new JobMisuse("A sub-batch was used after its callback had returned.");
    }
    const statement = statementOf(strings, values);
    this.#running++;
    const answered = this.#last.catch(() => {}).then(async () => {
      try {
        const [answer] = await this.#batch.send([statement]);
        this.#affected = changedRows(this.#affected, answer!);
        return answer!;
      } catch (error) {
        if (error instanceof SqlError) this.#refused ??= error;
        throw error;
      } finally {
        this.#running--;
      }
    });
    this.#last = answered;
    // Without this, an error of a statement that is not awaited would end the process.
    answered.catch(() => {});
    return await answered;
  }
}
