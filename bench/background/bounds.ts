/**
 * What finding batches costs: at the start of a table and at its end, and by distinct values.
 *
 * @module
 */

import { askStrategy, begin } from "../../src/background/state/background_transaction.ts";
import { rollBack } from "../../src/connection/session/transaction.ts";
import { keyset } from "../../src/background/strategy/keyset.ts";
import { looseIndexScan } from "../../src/background/strategy/loose_index_scan.ts";
import type { Session } from "../../src/connection/session/session.ts";
import { walksOf } from "../../tests/database/background/scan_through.ts";
import { connectorTo } from "../../tests/support/harness.ts";
import { type Bed, median, timed } from "./bed.ts";

const VALUES = 1_000;
const BATCH = 100_000;

/** By hand: what PostgreSQL's wiki calls a loose index scan. */
const BARE = `WITH RECURSIVE t AS (
    (SELECT v FROM public.spread ORDER BY v LIMIT 1)
    UNION ALL
    SELECT (SELECT v FROM public.spread WHERE v > t.v ORDER BY v LIMIT 1) FROM t WHERE t.v IS NOT NULL
  ) SELECT count(v) FROM t`;

export async function* measureBounds(bed: Bed, rounds: number): AsyncGenerator<string> {
  const database = "bounds";
  await bed.sql("postgres", `CREATE DATABASE ${database}`);
  await bed.sql(
    database,
    `CREATE TABLE spread (id bigint PRIMARY KEY, v int NOT NULL, filler text NOT NULL);
    INSERT INTO spread SELECT i, i % ${VALUES}, repeat('x', 40)
      FROM generate_series(1, ${bed.rows}) AS i;
    CREATE INDEX spread_v ON spread (v)`,
  );
  await bed.sql(database, "VACUUM (FREEZE, ANALYZE) spread");
  const connector = await connectorTo(bed.url(database));
  const session = await connector.open({ applicationName: "bench" });
  try {
    yield await bothEnds(session, { rows: bed.rows, times: rounds * 10 });
    yield await distinctValues(session, rounds * 5);
  } finally {
    await session.close();
    await bed.sql("postgres", `DROP DATABASE ${database} WITH (FORCE)`);
  }
}

async function bothEnds(
  session: Session,
  { rows, times }: { readonly rows: number; readonly times: number },
): Promise<string> {
  const [scan] = await walksOf(session, { table: "spread" });
  const size = Math.min(BATCH, Math.floor(rows / 10));
  const boundAfter = (after: number) => () =>
    ask(
      session,
      keyset.bound(scan!, { after: [String(after)], until: [String(rows)], size, first: true }),
    );
  const [start, end] = await inTurn({ session, times }, boundAfter(0), boundAfter(rows - 2 * size));
  return `the bounds of a batch of ${size}: at the end of the table ${
    (end / start).toFixed(2)
  } of ` +
    `the time at its start (${(start * 1_000).toFixed(1)} ms)`;
}

async function distinctValues(session: Session, times: number): Promise<string> {
  const [scan] = await walksOf(session, {
    table: "spread",
    strategy: "loose-index-scan",
    key: ["v"],
  });
  const question = { after: undefined, until: [String(VALUES - 1)], size: VALUES - 1, first: true };
  const ours = async () => {
    const { first, last } = await ask(session, looseIndexScan.bound(scan!, question));
    if (first !== '["0"]' || last !== `["${VALUES - 2}"]`) throw new Error("not all values");
  };
  const distinct = () =>
    session.query("SELECT count(*) FROM (SELECT DISTINCT v FROM public.spread) AS d");
  const bare = () => session.query(BARE);
  const [all, barely, loosely] = await inTurn({ session, times }, distinct, bare, ours);
  return `finding ${VALUES} distinct values: ${
    (all / loosely).toFixed(1)
  } times as fast as SELECT ` +
    `DISTINCT (a bare recursive query: ${(all / barely).toFixed(1)} times)`;
}

/** With plans as a worker has them. */
async function ask(session: Session, query: string) {
  return (await session.query(askStrategy(query))).rows[0]!;
}

/**
 * Median seconds of each inside one transaction, after one that does not count. Who comes behind whom
 * changes: the one behind a long query finds the processor's caches empty.
 */
async function inTurn<Work extends readonly (() => Promise<unknown>)[]>(
  { session, times }: { readonly session: Session; readonly times: number },
  ...works: Work
): Promise<{ [Index in keyof Work]: number }> {
  const seconds: number[][] = works.map(() => []);
  await session.query(begin(session));
  for (const work of works) await work();
  for (let time = 0; time < times; time++) {
    for (let turn = 0; turn < works.length; turn++) {
      const index = time % 2 === 0 ? turn : works.length - 1 - turn;
      seconds[index]!.push(await timed(works[index]!));
    }
  }
  await rollBack(session);
  return seconds.map(median) as { [Index in keyof Work]: number };
}
