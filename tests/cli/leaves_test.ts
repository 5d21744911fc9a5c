import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { runMigrator } from "../support/command.ts";
import { initGit } from "../support/git.ts";
import { rewriteMigrations, writeMigrations } from "../support/harness.ts";
import { table } from "../support/releases.ts";

const LIMIT = { timeout: 60_000 };

describe("leaves of a revision", () => {
  test("are those of its own files and databases", LIMIT, async () => {
    const directory = writeMigrations({ app: [table(1), table(2)], stock: [table(1)] });
    const leaves = async (line: string) => {
      const words = ["leaves", ...line.split(" ").filter(Boolean), "--migrations", directory];
      const { status, stdout, stderr } = await runMigrator(words);
      return { status, stdout, stderr };
    };
    const git = initGit(directory);
    git("add", ".");
    git("commit", "-qm", "one");
    git("tag", "v1.0.0");
    rewriteMigrations(path.join(directory, "app"), [table(1), table(2), table(3)]);
    fs.rmSync(path.join(directory, "stock"), { recursive: true });
    fs.cpSync(path.join(directory, "app"), path.join(directory, "next"), { recursive: true });
    const now = "app 3 (m3)\nnext 3 (m3)\n";
    const then = "app 2 (m2)\nstock 1 (m1)\n";
    assert.deepEqual(await leaves(""), { status: 0, stdout: now, stderr: "" });
    assert.deepEqual(await leaves("v1.0.0"), { status: 0, stdout: then, stderr: "" });
    git("add", ".");
    git("commit", "-qm", "two");
    assert.equal((await leaves("HEAD")).stdout, now);
    assert.equal((await leaves("HEAD~1 --db stock")).stdout, "stock 1 (m1)\n");
    assert.deepEqual(
      (await leaves("v1.0.0 --db app --json")).stdout.trim().split("\n")
        .map((line) => JSON.parse(line)).filter(({ event }) => event === "leaf")
        .map(({ database, version, name }) => ({ database, version, name })),
      [{ database: "app", version: "2", name: "m2" }],
    );
    const unknown = await leaves("v1.0.0 --db next");
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /no database "next" .*directory \S+ at v1\.0\.0/);
    assert.match(
      (await leaves("nowhere")).stderr,
      /release\/git.*The revision nowhere of .*git rev-parse says/s,
    );
  });
});
