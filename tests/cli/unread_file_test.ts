import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { startMigrator } from "../support/command.ts";
import { writeMigrations } from "../support/harness.ts";

const LIMIT = { timeout: 60_000 };

describe("a file that never ends to be read", { skip: process.platform === "win32" }, () => {
  for (const command of ["up", "status", "validate"]) {
    test(`lets the first signal end ${command}`, LIMIT, async () => {
      const directory = writeMigrations({ app: [{ up: "SELECT 1" }] });
      const file = path.join(directory, "app/1_m1/up.sql");
      fs.rmSync(file);
      // Reading it waits for somebody who writes into it.
      assert.equal(spawnSync("mkfifo", [file]).status, 0);
      const args = [
        command,
        "--migrations",
        directory,
        "--database-url",
        "postgres://127.0.0.1:1/a",
      ];
      const running = startMigrator(args);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      const began = performance.now();
      running.kill("SIGTERM");
      const { status, stderr } = await running.finished;
      assert.equal(status, 143, stderr);
      assert.ok(performance.now() - began < 5_000, `${performance.now() - began} ms`);
    });
  }
});
