import assert from "node:assert/strict";
import { test } from "node:test";
import { runOptions } from "../../../src/product/run_options.ts";
import { Project } from "../../../src/project/project.ts";
import { readProject } from "../../../src/project/read_project.ts";

test("a run is as was typed, then as the project says, then as it always was", () => {
  const text = "lockWait: 1min\nstatementTimeout: 2min\nlockTimeout: 3s\ndatabases:\n" +
    "  shop: { lockRetries: 0, lockTimeout: 4s, durable: each }\n";
  const project = new Project(readProject(text, "migrator.yaml"), {});
  const usual = { lockRetries: 11, lockWait: 60_000, statementTimeout: 120_000, durable: "run" };
  const typed = { lockRetries: 2, lockWait: 0, lockTimeout: 5, durable: "run" } as const;
  assert.deepEqual(runOptions({}, { project, database: "stock" }), {
    ...usual,
    lockTimeout: 3_000,
  });
  const own = { ...usual, lockRetries: 0, lockTimeout: 4_000, durable: "each" };
  assert.deepEqual(runOptions({}, { project, database: "shop" }), own);
  assert.deepEqual(runOptions(typed, { project, database: "shop" }), { ...own, ...typed });
});
