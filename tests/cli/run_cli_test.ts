import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startApplication } from "../support/application.ts";
import { writeMigrations } from "../support/harness.ts";

describe("the command line as a function", () => {
  test("has a program's own migrations, unless others are named, and gives the status", {
    timeout: 60_000,
  }, async () => {
    const own = writeMigrations({ own: [{ version: 11, up: "SELECT 1" }] });
    const other = writeMigrations({ other: [{ version: 22, up: "SELECT 1" }] });
    const program = startApplication(
      `const source = await migrator.openDirectory(process.env.OWN);
      const run = (...argv) => migrator.runCli({ argv, source, environment: {} });
      const statuses = [
        await run("leaves"),
        await run("leaves", "--migrations", process.env.OTHER),
        await run("leaves", "--db", "unknown"),
        await run("status"),
        await run("no-such-command"),
      ];
      console.log(JSON.stringify([statuses, process.listenerCount("SIGTERM")]));`,
      { OWN: own, OTHER: other, DATABASE_URL: "postgres://nobody@127.0.0.1:1/x" },
    );
    assert.equal(await program.ended, 0, program.printed.stderr);
    const { stdout, stderr } = program.printed;
    assert.match(stdout, /^own 11 .*\nother 22 .*\n/s);
    assert.equal(stdout.trimEnd().split("\n").at(-1), "[[0,0,2,2,2],0]", stdout);
    assert.match(stderr, /usage\/unknown-database.*settings\/no-database/s);
  });
});
