import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { newProduct, type Product } from "../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const product = async (): Promise<Product> =>
  await newProduct(await sharedCluster(majors[0]!), [
    { up: "CREATE TABLE IF NOT EXISTS a (i int)", down: "DROP TABLE a" },
    { up: "INSERT INTO a VALUES (4711); DROP TABLE IF EXISTS none", down: "DELETE FROM a" },
  ]);

describe("how much is told", () => {
  test("is results only with --quiet, and with LOG_LEVEL=error", LIMIT, async () => {
    for (const how of [{ words: ["--quiet"] }, { env: { LOG_LEVEL: "error" } }]) {
      const { args } = await product();
      const { status, stdout, stderr } = await runMigrator(
        ["up", ...args, ...how.words ?? []],
        { env: how.env ?? {} },
      );
      assert.equal(status, 0, stderr);
      assert.equal(stderr, "");
      assert.match(stdout, /^app: applied 2 migrations/);
    }
  });

  test("is every event with --verbose", LIMIT, async () => {
    const { args } = await product();
    const { stderr } = await runMigrator(["up", "--verbose", ...args]);
    assert.match(stderr, /^app: started \{"version":"1",/m);
    assert.match(stderr, /^app: notice \{.*does not exist, skipping/m);
    assert.match(stderr, /^app: durable/m);
  });

  test("is every query without its values, when asked for", LIMIT, async () => {
    const asked: [string[], Record<string, string>][] = [
      [["--log-queries"], {}],
      [["--quiet"], { DATABASE_QUERY_LOGGING_ENABLED: "true" }],
    ];
    for (const [words, env] of asked) {
      const { args } = await product();
      const { stderr } = await runMigrator(["up", ...args, ...words], { env });
      assert.match(stderr, /^query [0-9.]+ ms migrator app: .*INSERT INTO a VALUES \(\?\)/m);
      assert.doesNotMatch(stderr, /4711/);
    }
  });

  test("comes as JSON lines on standard error with LOG_FORMAT=json", LIMIT, async () => {
    const { args } = await product();
    const { status, stdout, stderr } = await runMigrator(
      ["up", "--log-queries", ...args],
      { env: { LOG_FORMAT: "json" } },
    );
    assert.equal(status, 0);
    assert.match(stdout, /^app: applied 2 migrations/);
    const lines = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.every(({ time, level, event }) => Date.parse(time) && level && event));
    const events = new Set(lines.map(({ event }) => event));
    for (const event of ["planned", "started", "applied", "query", "notice", "durable"]) {
      assert.ok(events.has(event), event);
    }
  });

  test("says so in the same form when it fails", LIMIT, async () => {
    const { args } = await product();
    const { status, stdout, stderr } = await runMigrator(
      ["up", "--log-format", "json", "--target", "9", ...args],
    );
    assert.deepEqual([status, stdout], [2, ""]);
    const failed = JSON.parse(stderr.trimEnd().split("\n").at(-1)!);
    assert.equal(failed.code, "plan/unknown-target");
    assert.equal(failed.level, "error");
    assert.equal(failed.exit_code, 2);
  });

  test("is results only with --quiet for programs, too", LIMIT, async () => {
    const { args } = await product();
    const { status, json } = await runMigrator(["up", "--quiet", "--json", ...args]);
    assert.equal(status, 0);
    assert.deepEqual(json().map(({ event }) => event), ["database", "finished"]);
  });

  test("is warned of where LOG_LEVEL is none that is known", LIMIT, async () => {
    const { stderr } = await runMigrator(["version"], { env: { LOG_LEVEL: "loud" } });
    assert.match(stderr, /^warning: LOG_LEVEL=loud is none of debug, .*; info is used\n$/);
    for (const LOG_LEVEL of ["", "WARN", "trace"]) {
      assert.equal((await runMigrator(["version"], { env: { LOG_LEVEL } })).stderr, "");
    }
  });
});
