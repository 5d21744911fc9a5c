import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runWorkerPool } from "../../../src/background/crew/worker_pool.ts";
import { planDown } from "../../../src/plan/down.ts";
import type { Plan, PlanInput } from "../../../src/plan/plan.ts";
import { planUp } from "../../../src/plan/up.ts";
import { crewOf } from "../../support/background.ts";
import { describeCatalog, type RunSql } from "../../support/catalog.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { connectorTo, runProduct } from "../../support/harness.ts";

const directory = fileURLToPath(new URL("../../../migrations", import.meta.url));

/** What the product has written by the time that a migration of `frontend` was applied. */
const WRITTEN: Readonly<Record<string, string>> = {
  "1745488800": `INSERT INTO users (username) SELECT 'u' || i FROM generate_series(1, 3) AS i;
    INSERT INTO audit_events (action, subject_kind, subject_id)
      SELECT 'made', 'thing', nullif(i, 7) FROM generate_series(1, 700) AS i;
    INSERT INTO search_jobs (user_id, query, created_at)
      SELECT 1 + i % 2, 'q', timestamptz '2025-01-01' + i * interval '1 h'
      FROM generate_series(1, 200) AS i`,
  "1747908000": `INSERT INTO audit_events (action, subject_kind, subject_key)
      VALUES ('changed', 'feature_flag', 'search-jobs'), ('made', 'thing', '701');
    INSERT INTO search_jobs (user_id, query) VALUES (3, 'q')`,
};

/** The same on every server. */
async function upAndBack(url: string, database: string): Promise<void> {
  const connector = await connectorTo(url);
  const session = await connector.open({ applicationName: "test" });
  const sql = async (text: string) => (await session.query(text)).rows;
  const catalog = () => describeCatalog(sql);
  const run = (plan: (input: PlanInput) => Plan) =>
    runProduct({ directory, database, url }, { plan, finalize: "run" });

  const before: string[] = [];
  for (;;) {
    const catalogBefore = await catalog();
    const { done } = await run((input) => {
      const plan = planUp(input);
      return { ...plan, steps: plan.steps.slice(0, 1) };
    });
    if (done.length === 0) break;
    before.push(catalogBefore);
    const version = String(done[0]!.version);
    if (database === "frontend" && WRITTEN[version]) await sql(WRITTEN[version]);
  }
  const whole = await catalog();

  if (database === "frontend") {
    const pool = crewOf(connector, { name: { schema: "migrator", database }, isThrottled: true });
    await runWorkerPool(pool, { workers: 1, until: "done" });
    await checkRows(sql);
  }

  for (const expected of before.toReversed()) {
    const { done } = await run((input) => planDown(input, { kind: "count", count: 1 }));
    assert.equal(await catalog(), expected, `${done[0]!.name} was not undone`);
  }
  await run(planUp);
  assert.equal(await catalog(), whole);
  await session.close();
}

/** Batches have copied what was there, triggers what came, and nothing was lost. */
async function checkRows(sql: RunSql): Promise<void> {
  assert.deepEqual(
    await sql(`SELECT count(*), count(DISTINCT subject_key) AS keys,
      count(*) FILTER (WHERE subject_key IS NULL) AS without,
      count(*) FILTER (WHERE subject_key = '701') AS numbered,
      count(*) FILTER (WHERE subject_key = 'search-jobs') AS named
    FROM audit_events WHERE action IN ('made', 'changed')`),
    [{ count: "702", keys: "701", without: "1", numbered: "1", named: "1" }],
  );
  assert.deepEqual(
    await sql(`SELECT user_id, to_char(first_job_at AT TIME ZONE 'UTC', 'MM-DD HH24') AS first,
      to_char(last_job_at AT TIME ZONE 'UTC', 'MM-DD HH24') AS last
    FROM user_search_activity WHERE user_id < 3 ORDER BY 1`),
    [
      { user_id: "1", first: "01-01 02", last: "01-09 08" },
      { user_id: "2", first: "01-01 01", last: "01-09 07" },
    ],
  );
}

describe("the example: every down undoes its up", () => {
  const limit = { timeout: 120_000 };
  for (const major of majors) {
    for (const database of ["frontend", "codeintel", "codeinsights"]) {
      test(`${database}, on PostgreSQL ${major}`, limit, async () => {
        const server = await sharedCluster(major);
        await upAndBack(server.url(await server.createDatabase()), database);
      });
    }
  }
  // Once is enough: it is the same engine under each runtime.
  if (majors.includes(18)) {
    test("frontend, on embedded PostgreSQL", limit, () => upAndBack("pglite:memory", "frontend"));
  }
});
