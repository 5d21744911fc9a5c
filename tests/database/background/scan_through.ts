/** Walks a table to its end, as a worker does, and says which rows it came by. */

import type { Session } from "../../../src/connection/session/session.ts";
import type { StoredMigration } from "../../../src/background/state/rows.ts";
import { planScan } from "../../../src/background/strategy/plan_scan.ts";
import { segmentScan } from "../../../src/background/state/scan.ts";
import { declared } from "../../support/background.ts";
import type { BatchedMigration } from "../../../src/definition/batched/batched_migration.ts";
import {
  askStrategy,
  begin,
  BODY_SEARCH_PATH,
} from "../../../src/background/state/background_transaction.ts";
import { rollBack } from "../../../src/connection/session/transaction.ts";
import type { BatchingStrategy, Cursor, Scan } from "../../../src/background/strategy/strategy.ts";

/** How a table is walked when it is declared like this; each segment by itself. */
export async function walksOf(
  session: Session,
  what: Partial<BatchedMigration> & { readonly table: string },
): Promise<readonly Scan[]> {
  const declaration = declared({ sql: [], ...what });
  await session.query(begin(session));
  const scanPlan = await planScan(session, declaration).finally(() => rollBack(session));
  const migration = { declaration, scanPlan } as StoredMigration;
  return scanPlan.segments.map((_, segment) =>
    segmentScan(migration, { segment, server: session.server.version })
  );
}

/** More than any table here has. */
const STEPS = 10_000;

/** The `row_id`s of each batch, in order. Fails when `first` is not where the range begins. */
export async function walkThrough(
  session: Session,
  { strategy, scan, size, table }: {
    readonly strategy: BatchingStrategy;
    readonly scan: Scan;
    readonly size: number;
    /** What a body would name; the relation itself by default. */
    readonly table?: string;
  },
): Promise<readonly (readonly number[])[]> {
  await session.query(begin(session));
  try {
    const ask = async (sql: string) => (await session.query(askStrategy(sql))).rows[0] ?? {};
    const end = (await ask(strategy.extent(scan)))["last"];
    const batches: number[][] = [];
    if (end == null) return batches;
    const last = JSON.parse(end) as Cursor;
    let after: Cursor | undefined;
    for (let step = 0; step < STEPS; step++) {
      const found = await ask(strategy.bound(scan, { after, until: last, size, first: true }));
      const until: Cursor = found["last"] == null ? last : JSON.parse(found["last"]);
      const { rows } = await session.query(
        `${BODY_SEARCH_PATH}; SELECT b.row_id FROM ${table ?? scan.relation} AS b WHERE ` +
          strategy.condition(scan, { after, until, alias: "b" }),
      );
      if (rows.length > 0 && found["first"] == null) throw new Error(`no first before ${until}`);
      batches.push(rows.map((row) => Number(row["row_id"])));
      if (found["last"] == null) return batches;
      after = until;
    }
    throw new Error(`the walk has no end; it is at ${after}`);
  } finally {
    await rollBack(session);
  }
}
