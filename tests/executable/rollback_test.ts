import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { describeCatalog } from "../support/catalog.ts";
import { startCluster } from "../support/cluster.ts";
import { dumpSchema, NEWER, OLDER } from "../support/forty_migrations.ts";
import { release } from "../support/releases.ts";

const LIMIT = { timeout: 300_000 };

let scratch: string;

before(async () => {
  scratch = await fs.mkdtemp(path.join(os.tmpdir(), "two-releases-"));
});

after(() => fs.rm(scratch, { recursive: true }));

/** Runs an executable in an empty folder, with nothing but the server's address in its environment. */
async function run(executable: string, line: string, url: string): Promise<string> {
  const cwd = await fs.mkdtemp(path.join(scratch, "empty-"));
  const { status, stdout, stderr } = spawnSync(executable, line.split(" "), {
    cwd,
    env: { DATABASE_URL: url },
    encoding: "utf8",
  });
  assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
  assert.deepEqual(await fs.readdir(cwd), []);
  return stdout + stderr;
}

/** An executable that carries the migrations and the manifest of a release. */
function bundle(tag: string, directory: string): string {
  const base = process.env["MIGRATOR_TEST_EXECUTABLE"]!;
  const output = path.join(scratch, tag);
  for (
    const words of [
      ["release", "cut", tag, "--migrations", directory],
      ["bundle", "--migrations", directory, "--output", output],
    ]
  ) {
    const { status, stderr } = spawnSync(base, words, { cwd: scratch, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
  return output;
}

describe("the executable of the older release", () => {
  test("alone, in an empty folder, takes back what the newer one has applied", LIMIT, async () => {
    // pg_dump of Debian reads this one.
    const server = await startCluster({ major: 13 });
    try {
      const older = bundle("v1.0.0", release(OLDER));
      const newer = bundle("v1.1.0", release(NEWER));
      const database = await server.createDatabase();
      const url = server.url(database);
      const state = async () => ({
        schema: await describeCatalog((text) => server.sql(database, text)),
        dump: dumpSchema(url),
        rows: await server.sql(database, "SELECT * FROM accounts ORDER BY id"),
      });
      await run(older, "up", url);
      const before = await state();
      await run(newer, "upgrade", url);
      await run(newer, "background work", url);
      assert.match(await run(older, "rollback --dry-run", url), /app: 40 to run on/);
      await run(older, "rollback", url);
      assert.deepEqual(await state(), before);
      assert.match(await run(older, "status", url), /2 applied/);
      assert.match(await run(newer, "release list", url), /v1\.1\.0 {2}42 migrations of app/);
    } finally {
      await server.dispose();
    }
  });
});
