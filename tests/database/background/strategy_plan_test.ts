import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { askStrategy, begin } from "../../../src/background/state/background_transaction.ts";
import { rollBack } from "../../../src/connection/session/transaction.ts";
import { keyset } from "../../../src/background/strategy/keyset.ts";
import { looseIndexScan } from "../../../src/background/strategy/loose_index_scan.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";
import { walksOf } from "./scan_through.ts";

const LIMIT = { timeout: 120_000 };

/** A plan that was carried out, how many blocks that took, and how many entries of indexes. */
async function explain(session: Session, query: string) {
  const { rows } = await session.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) ${query}`);
  const text = rows.map((row) => row["QUERY PLAN"]).join("\n");
  const [, hit, read] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(text) ?? [];
  const scans = [...text.matchAll(/Index Only Scan.*actual rows=([\d.]+) loops=(\d+)/g)];
  return {
    text,
    buffers: Number(hit ?? 0) + Number(read ?? 0),
    entries: scans.reduce((sum, [, each, loops]) => sum + Number(each) * Number(loops), 0),
  };
}

for (const major of majors) {
  describe(`the cost of bounds, on PostgreSQL ${major}`, () => {
    let session: Session;

    before(async () => {
      const server = await sharedCluster(major);
      const connector = await connectorTo(server.url(await server.createDatabase()));
      session = await connector.open({ applicationName: "strategy_plan_test" });
    });
    after(() => session.close());

    test("bounds are read by the index where nothing is known of a table, too", LIMIT, async () => {
      await session.query(`
        CREATE TABLE unknown (id uuid PRIMARY KEY, pad text) WITH (autovacuum_enabled = off);
        INSERT INTO unknown SELECT md5(i::text)::uuid, repeat('x', 100)
        FROM generate_series(1, 20000) AS i`);
      const [scan] = await walksOf(session, { table: "unknown" });
      const middle = ["80000000-0000-0000-0000-000000000000"];
      const until = ["ffffffff-ffff-ffff-ffff-ffffffffffff"];
      const query = keyset.bound(scan!, { after: middle, until, size: 5_000 });
      assert.match((await explain(session, query)).text, /Sort/);
      await session.query(begin(session));
      const { rows } = await session.query(askStrategy(`EXPLAIN ${query}`));
      await rollBack(session);
      assert.doesNotMatch(rows.map((row) => row["QUERY PLAN"]).join(), /Sort|Seq Scan|Bitmap/);
    });

    test(
      "a body that names a partitioned table touches the one partition that is walked",
      LIMIT,
      async () => {
        await session.query(`
        CREATE TABLE logs (row_id uuid, "At" timestamptz, day date, PRIMARY KEY (row_id, "At", day))
          PARTITION BY RANGE ("At");
        CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2024-01-01')
          TO ('2024-02-01');
        CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2024-02-01')
          TO ('2024-03-01');
        CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
        INSERT INTO logs SELECT md5(i::text)::uuid, date '2023-12-15' + i, date '2024-01-01'
        FROM generate_series(1, 90) i`);
        const scans = await walksOf(session, { table: "logs" });
        const plans = [];
        for (const scan of scans) {
          const { rows } = await session.query(keyset.extent(scan));
          const until = JSON.parse(rows[0]!["last"]!);
          const condition = keyset.condition(scan, { after: undefined, until, alias: "day" });
          const plan = await explain(
            session,
            `UPDATE logs AS day SET day = day.day WHERE ${condition}`,
          );
          plans.push([...new Set(plan.text.match(/logs_\w+(?= day)/g))]);
        }
        assert.deepEqual(plans.slice(0, 2), [["logs_1"], ["logs_2"]]);
        assert.equal(scans.length, 3);
      },
    );

    test(
      "bounds are read from the index alone, at the end as fast as at the start",
      LIMIT,
      async () => {
        await session.query(
          "CREATE TABLE public.large (row_id bigint, tenant int NOT NULL, pad text, " +
            "PRIMARY KEY (row_id)); INSERT INTO public.large SELECT i, i / 1000, repeat('x', 40) " +
            "FROM generate_series(1, 200000) AS i; CREATE INDEX ON public.large (tenant, row_id)",
        );
        await session.query("VACUUM ANALYZE public.large");
        const cases = [
          [keyset, await walksOf(session, { table: "large" }), ["198900"], ["199000"], ["200000"]],
          [
            keyset,
            await walksOf(session, { table: "large", key: ["tenant", "row_id"] }),
            ["198", "198900"],
            ["199", "199000"],
            ["200", "200000"],
          ],
          [
            looseIndexScan,
            await walksOf(session, {
              table: "large",
              key: ["tenant"],
              strategy: "loose-index-scan",
            }),
            ["178"],
            ["180"],
            ["200"],
          ],
        ] as const;
        for (const [strategy, [scan], start, late, until] of cases) {
          const size = strategy === keyset ? 500 : 10;
          const [first, last] = [undefined, late].map((at) =>
            strategy.bound(scan!, { after: at, until, size, first: true })
          );
          const buffers = [];
          for (const query of [first!, last!, strategy.extent(scan!)]) {
            const plan = await explain(session, query);
            assert.doesNotMatch(plan.text, /Seq Scan|Sort|Filter: \(ROW/, `${query}\n${plan.text}`);
            assert.match(plan.text, /Index Only Scan/);
            buffers.push(plan.buffers);
          }
          assert.ok(buffers[1]! <= 2 * buffers[0]! && buffers[0]! <= 2 * buffers[1]!, `${buffers}`);
          const condition = strategy.condition(scan!, { after: start, until: late, alias: "l" });
          const body = await explain(session, `SELECT FROM public.large AS l WHERE ${condition}`);
          assert.match(body.text, strategy === keyset ? /Index Cond: .*>.*<=/ : /tenant/);
        }
        // Distinct values: an entry of the index for each, where SELECT DISTINCT reads them all.
        const [, , [strategy, [scan]]] = cases;
        const all = { after: undefined, until: ["200"], size: 100_000 };
        const loose = await explain(session, strategy.bound(scan!, all));
        assert.ok(loose.entries >= 201 && loose.entries < 220, loose.text);
        const distinct = await explain(session, "SELECT DISTINCT tenant FROM public.large");
        assert.ok(distinct.text.includes("rows=200000"), distinct.text);
      },
    );
  });
}
