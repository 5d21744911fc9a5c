import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { runMigrator, startMigrator } from "../support/command.ts";
import { writeMigrations } from "../support/harness.ts";

const LIMIT = { timeout: 60_000 };

const SERVER = ["--database-url", "postgres://127.0.0.1:1/a"];

function makePipe(file: string): string {
  fs.rmSync(file, { force: true });
  assert.equal(spawnSync("mkfifo", [file]).status, 0);
  return file;
}

describe("a pipe among the files", { skip: process.platform === "win32" }, () => {
  for (const command of ["up", "status", "validate"]) {
    test(`is refused by ${command}, and not waited for`, LIMIT, async () => {
      const directory = writeMigrations({ app: [{ up: "SELECT 1" }] });
      makePipe(path.join(directory, "app/1_m1/up.sql"));
      const { status, stderr } = await runMigrator([command, "--migrations", directory, ...SERVER]);
      assert.equal(status, 4, stderr);
      assert.match(stderr, /source\/unreadable.*named pipe/);
    });
  }

  test(
    "may be the settings file, and lets the first signal end the wait for it",
    LIMIT,
    async () => {
      const directory = writeMigrations({ app: [{ up: "SELECT 1" }] });
      const config = makePipe(path.join(directory, "settings.yaml"));
      const running = startMigrator([
        "up",
        "--migrations",
        directory,
        "--config",
        config,
        ...SERVER,
      ]);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      running.kill("SIGTERM");
      const { status, stderr } = await running.finished;
      assert.equal(status, 143, stderr);
    },
  );
});
