import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { declared, newScene, queue, template, work } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

const LIMIT = { timeout: 120_000 };

/** Two rows with the same `shop` follow each other; every third row is not to be kept. */
const ROWS = "SELECT i, i / 2, (ARRAY['drop', 'Keep', 'kEEP'])[i % 3 + 1], 0 " +
  "FROM generate_series(1, 600) AS i";

const TABLES = `
  CREATE EXTENSION citext;
  CREATE TABLE plain (id bigint PRIMARY KEY, shop int NOT NULL, kind citext NOT NULL, n int);
  CREATE INDEX ON plain (shop, kind);
  CREATE TABLE parted (LIKE plain, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
  CREATE INDEX ON parted (shop, kind);
  CREATE TABLE parted_keep PARTITION OF parted FOR VALUES IN ('keep', 'KEEP ');
  CREATE TABLE parted_rest PARTITION OF parted DEFAULT PARTITION BY RANGE (id);
  CREATE TABLE parted_rest_1 PARTITION OF parted_rest FOR VALUES FROM (0) TO (300);
  CREATE TABLE parted_rest_2 PARTITION OF parted_rest FOR VALUES FROM (300) TO (900);
  INSERT INTO plain ${ROWS};
  INSERT INTO parted ${ROWS};
  ANALYZE;
`;

const KIND = { start: 0, end: 0, kind: "column", name: "kind" } as const;
const FILTER = { text: "kind = 'KEEP'", holes: [KIND], line: 1 };

const HOW = [
  { strategy: "primary-key" },
  { strategy: "keyset", key: ["shop", "kind"] },
  { strategy: "loose-index-scan", key: ["shop"] },
  { strategy: "ctid" },
] as const;

for (const major of majors) {
  describe(`walks with workers, on PostgreSQL ${major}`, () => {
    test(
      "each strategy does each row that its filter keeps once, in partitions too",
      LIMIT,
      async () => {
        const { connector, session, sql } = await newScene(await sharedCluster(major), 1);
        await sql(TABLES);
        for (const table of ["plain", "parted"]) {
          for (const [round, how] of HOW.entries()) {
            // By ctid a row may be met twice: it must say itself that it is done.
            const again = how.strategy === "ctid" ? `AND t.n = ${round}` : "";
            const body = `UPDATE ${table} AS t SET n = n + 1 WHERE batch(t) ${again}`;
            await queue(
              session,
              declared({
                ...how,
                table,
                filter: FILTER,
                name: `${table}${round}`,
                batchSize: 150,
                subBatchSize: 40,
                sql: [template(body)],
              }),
            );
            await work(connector, { workers: 2 });
          }
          assert.deepEqual(
            await sql(
              `SELECT lower(kind::text) AS kind, n, count(*) FROM ${table} GROUP BY 1, 2 ORDER BY 1`,
            ),
            [{ kind: "drop", n: "0", count: "200" }, { kind: "keep", n: "4", count: "400" }],
          );
        }
        const rows = await sql(
          "SELECT DISTINCT status FROM migrator.batched_background_migrations",
        );
        assert.deepEqual(rows, [{ status: "3" }]);
        await session.close();
      },
    );
  });
}
