/**
 * Somebody else's transaction, in whose way or behind which a run waits.
 *
 * @module
 */

import { type Product, runningBackend } from "./harness.ts";

/** A transaction that is open. */
export interface Holder {
  readonly pid: number;
  /** Ends it, and gives back what it had locked: it is rolled back. */
  release(): Promise<void>;
}

/** Seconds, longer than any test: nothing is let go of but by a test. Each is another, to be told apart. */
let sleep = 600;

/** Opens a transaction that has run this, and is busy with another statement until it is released. */
export async function holdOpen(
  product: Pick<Product, "sql">,
  sql: string,
  { application = "" }: { readonly application?: string } = {},
): Promise<Holder> {
  const statement = `SELECT pg_sleep(${++sleep})`;
  const ended = product.sql(
    `SET application_name = '${application}'; SET statement_timeout = 0; BEGIN; ${sql}; ${statement}`,
  ).catch(() => {});
  const pid = await runningBackend(product, statement);
  return {
    pid,
    async release() {
      await product.sql(`SELECT pg_cancel_backend(${pid})`);
      await ended;
    },
  };
}
