import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import { newProduct, type Product } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };
const major = majors.at(-1)!;

/** More than a million bytes. Its parse fails, so that whoever parses it says so. */
const ROWS = "INSERT INTO t VALUES ('some text that is long enough');\n".repeat(20_000);

describe("a large script that is applied", () => {
  const run = async (product: Product, ...args: readonly string[]) => {
    const { status, stdout, stderr } = await runMigrator([...args, ...product.args]);
    return { status, said: stdout + stderr };
  };

  /** Makes the file of 2 into what no parser takes, and the history agree that it was applied so. */
  const spoil = async (product: Product) => {
    const { createHash } = await import("node:crypto");
    const file = path.join(product.directory, "app", "2_m2", "up.sql");
    fs.appendFileSync(file, "this is not SQL;");
    const raw = createHash("sha256").update(fs.readFileSync(file)).digest("hex");
    await product.sql(
      `UPDATE migrator.migration_logs SET raw_checksum = '${raw}' WHERE version = 2`,
    );
  };

  test("is compared by status, up and down, and not parsed", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(major), [
      { up: "CREATE TABLE t (a text)", down: "DROP TABLE t" },
      { up: ROWS, down: "TRUNCATE t", yaml: "createIndexConcurrently: false" },
      { up: "CREATE TABLE u ()", down: "DROP TABLE u" },
    ]);
    assert.equal((await run(product, "up")).status, 0);
    await spoil(product);
    for (const command of [["status"], ["up"], ["up", "--dry-run"], ["down", "1"], ["up"]]) {
      const { status, said } = await run(product, ...command);
      assert.equal(status, 0, `${command}: ${said}`);
      assert.doesNotMatch(said, /edited|not SQL/);
    }
    // What would run it judges it.
    const { status, said } = await run(product, "validate");
    assert.equal(status, 4, said);
    assert.match(said, /not SQL/);
  });

  test("is parsed when it is taken back, and run again", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(major), [
      { up: "CREATE TABLE t (a text)", down: "DROP TABLE t" },
      { up: ROWS, down: "TRUNCATE t" },
    ]);
    assert.equal((await run(product, "up")).status, 0);
    const redo = await run(product, "redo");
    assert.equal(redo.status, 0, redo.said);
    assert.deepEqual(await product.sql("SELECT count(*)::int AS rows FROM t"), [{ rows: 20_000 }]);
    const [logged] = await product.sql(
      `SELECT count(DISTINCT definition_checksum)::int AS definitions, count(*)::int AS rows,
        max(statements_done) AS statements
      FROM migrator.migration_logs WHERE version = 2`,
    );
    assert.deepEqual({ ...logged }, { definitions: 1, rows: 3, statements: 20_000 });
    assert.equal((await run(product, "down", "1")).status, 0);
  });

  test("is told to be edited when its bytes differ", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(major), [
      { up: "CREATE TABLE t (a text)" },
      { up: ROWS },
    ]);
    assert.equal((await run(product, "up")).status, 0);
    const file = path.join(product.directory, "app", "2_m2", "up.sql");
    fs.appendFileSync(file, "-- a comment\n");
    assert.doesNotMatch((await run(product, "up")).said, /edited/);
    fs.appendFileSync(file, "SELECT 1;\n");
    assert.match((await run(product, "status")).said, /edited/);
  });

  test("takes no more memory than its text", {
    ...LIMIT,
    skip: process.platform !== "linux" || !("bun" in process.versions),
  }, async () => {
    const product = await newProduct(await sharedCluster(major), [
      { up: "CREATE TABLE t (a text)" },
      { up: `SELECT 1;\n${`-- ${"x".repeat(90)}\n`.repeat(300_000)}${ROWS}` },
    ]);
    await product.run();
    const running = startMigrator(["status", ...product.args], { timeout: 100_000 });
    let peak = 0;
    const looking = setInterval(() => {
      try {
        const facts = fs.readFileSync(`/proc/${running.pid}/status`, "utf8");
        peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/m.exec(facts)?.[1] ?? 0) / 1024);
      } catch { /* It has ended. */ }
    }, 20);
    const { status, stderr } = await running.finished;
    clearInterval(looking);
    assert.equal(status, 0, stderr);
    assert.ok(peak > 0 && peak < 300, `${Math.round(peak)} MB`);
  });
});
