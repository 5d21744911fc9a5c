import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { before, describe, test } from "node:test";
import { newProduct, type Product } from "../support/harness.ts";
import { runMigrator } from "../support/command.ts";
import { majors, sharedCluster } from "../support/cluster.ts";

const TABLES = `
  CREATE TABLE routes (id bigint PRIMARY KEY, source_id bigint, namespace_id bigint);
  CREATE TABLE slow (source_id bigint, filler text);`;

const BACKFILL = `table: routes
filter: source_id > 0
subBatchSize: 500
sql: |
  UPDATE routes r SET namespace_id = r.source_id
  WHERE batch(r) AND r.namespace_id IS NULL
`;

const SLOW = `table: routes
sql: |
  UPDATE routes r SET namespace_id = s.source_id FROM slow s
  WHERE batch(r) AND s.source_id = r.source_id AND r.namespace_id IS NULL
`;

/** Of one test: Bun would give it five seconds. */
const LIMIT = { timeout: 240_000 };

describe("background plan", () => {
  let product: Product;
  before(async () => {
    product = await newProduct(await sharedCluster(majors[0]!), [{ up: TABLES }]);
    const folder = path.join(product.directory, "app", "background");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "backfill_routes.yaml"), BACKFILL);
    fs.writeFileSync(path.join(folder, "slow.yaml"), SLOW);
    await product.run();
    await product.sql(
      "INSERT INTO routes SELECT i, i FROM generate_series(1, 20000) AS i; " +
        "INSERT INTO slow SELECT i, repeat('x', 900) FROM generate_series(1, 20000) AS i; " +
        "ANALYZE routes; ANALYZE slow",
    );
  });
  const plan = (...args: string[]) => runMigrator(["background", "plan", ...args, ...product.args]);

  test("says how it would walk, what a sub-batch does, how much there is", LIMIT, async () => {
    const { status, stdout, stderr } = await plan("backfill_routes");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^backfill_routes of app on postgres:/);
    assert.match(stdout, /walked by +id, by the index routes_pkey \(the primary key/);
    assert.match(stdout, /rows +about [12]\d,\d{3}: 1 batch of 100,000, \d\d\s+sub-batches of 500/);
    assert.match(stdout, /Update on public\.routes r.*\n.*Index Scan using routes_pkey/);
    assert.match(stdout, /warn +plan-small: public\.routes has/);
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80 || !line.includes(" ", 40));
    assert.equal((await product.sql("SELECT count(namespace_id) AS n FROM routes"))[0]!["n"], "0");
  });

  test("ends with 8 where each sub-batch reads a whole table, unless it may", LIMIT, async () => {
    const refused = await plan("slow");
    assert.equal(refused.status, 8);
    assert.match(refused.stderr, /error\[background\/plan-seq-scan\]: slow should not be run/);
    const allowed = await plan("slow", "--allow-seq-scan", "--json");
    assert.equal(allowed.status, 0);
    const findings = allowed.json().filter(({ event }) => event === "finding");
    assert.deepEqual(findings.map(({ level, code }) => [level, code]), [
      ["warn", "background/plan-seq-scan"],
      ["warn", "background/plan-small"],
    ]);
  });

  test("asks before it runs a sample, and takes it back", LIMIT, async () => {
    const asked = await plan("backfill_routes", "--sample", "3");
    assert.equal(asked.status, 2);
    assert.match(asked.stderr, /usage\/sample-needs-yes.*locked meanwhile, for at most 45 s/s);
    const ran = await plan("backfill_routes", "--sample", "3", "--yes");
    assert.deepEqual([ran.status, ran.stderr], [0, ""]);
    assert.match(ran.stdout, /3 sub-batches, run and rolled back/);
    assert.match(ran.stdout, /rows +500 \(500 to 500\) changed/);
    assert.match(
      ran.stdout,
      /all of it +.* with one worker.*of\s+WAL,\s+[12]\d,\d{3} rows\s+changed/s,
    );
    const [, , sample, , , prediction] = (await plan(
      "backfill_routes",
      "--sample",
      "3",
      "--yes",
      "--json",
    )).json();
    assert.deepEqual([sample!["event"], sample!["rows"]], ["sample", 500]);
    assert.equal(prediction!["event"], "prediction");
    assert.ok(Math.abs(Number(prediction!["rows"]) - 20_000) < 5_000, String(prediction!["rows"]));
    assert.equal((await product.sql("SELECT count(namespace_id) AS n FROM routes"))[0]!["n"], "0");
  });

  test("knows only what is declared", LIMIT, async () => {
    const { status, stderr } = await plan("backfil_routes");
    assert.equal(status, 8);
    assert.match(stderr, /background\/unknown.*migrator background plan backfill_routes/s);
  });
});
