import assert from "node:assert/strict";
import { test } from "node:test";
import { runOptions } from "../../../src/workspace/run_options.ts";
import { Config } from "../../../src/config/config.ts";
import { readConfig } from "../../../src/config/read_config.ts";

test("a run is as was typed, then as the project says, then as it always was", () => {
  const text = "lockWait: 1min\nstatementTimeout: 2min\nlockTimeout: 3s\ndatabases:\n" +
    "  shop: { lockRetries: 0, lockTimeout: 4s, rowSecurity: apply, durable: each }\n";
  const config = new Config(readConfig(text, "migrator.yaml"), {});
  const usual = {
    lockRetries: 11,
    lockWait: 60_000,
    statementTimeout: 120_000,
    rowSecurity: "refuse",
    durable: "run",
  };
  const typed = { lockRetries: 2, lockWait: 0, lockTimeout: 5, durable: "run" } as const;
  assert.deepEqual(runOptions({}, { config, database: "stock" }), {
    ...usual,
    lockTimeout: 3_000,
  });
  const own = {
    ...usual,
    lockRetries: 0,
    lockTimeout: 4_000,
    rowSecurity: "apply",
    durable: "each",
  };
  assert.deepEqual(runOptions({}, { config, database: "shop" }), own);
  assert.deepEqual(runOptions(typed, { config, database: "shop" }), { ...own, ...typed });
});
