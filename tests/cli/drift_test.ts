import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { majors, type Server, sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";
import { psql } from "../support/psql.ts";

const migrations = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Of every sort: what is extra, what is missing, and what is different. */
const CHANGES = `
  CREATE INDEX somebodys ON users (created_at);
  ALTER TABLE users ADD COLUMN note text DEFAULT 'x';
  ALTER TABLE repos ALTER COLUMN name DROP NOT NULL;
  DROP INDEX search_jobs_saved_search_idx;
  CREATE OR REPLACE FUNCTION touch() RETURNS integer LANGUAGE sql AS 'SELECT 1'`;

for (const major of majors) {
  describe(`migrator drift, on ${major}`, () => {
    test("finds nothing in what up made, then what somebody changed, and takes it back", async (t) => {
      const { server, url } = await migrated(major);
      const untouched = await drift(url);
      assert.equal(untouched.status, 0, untouched.stdout);
      assert.match(untouched.stdout, /no drift: it is as \d+ applied migrations left it/);
      const database = new URL(url).pathname.slice(1);
      await server.sql(database, CHANGES);
      await withFolder({}, async (folder) => {
        const file = path.join(folder, "revert.sql");
        const { status, stdout, json } = await drift(url, "--json", "--revert", file);
        assert.equal(status, 1, stdout);
        const records = json();
        assert.deepEqual(
          records.filter(({ event }) => event === "difference")
            .map(({ change, object }) => `${change} ${object}`),
          [
            "different TABLE public.repos",
            "different TABLE public.users",
            "missing INDEX public.search_jobs_saved_search_idx",
            "extra FUNCTION public.touch()",
            "extra DEFAULT OF public.users.note",
            "extra INDEX public.somebodys",
          ],
        );
        assert.equal(records.at(-1)?.["event"], "finished");
        if (psql === undefined) return t.diagnostic("there is no psql: the file was not run");
        const ran = spawnSync(psql, ["-X", "-q", "-d", url, "-f", file], { encoding: "utf8" });
        assert.equal(ran.status, 0, ran.stderr + await fs.readFile(file, "utf8"));
        assert.match((await drift(url)).stdout, /no drift/);
      });
    });
  });
}

async function migrated(major: Server["major"]): Promise<{ server: Server; url: string }> {
  const server = await sharedCluster(major);
  const url = server.url(await server.createDatabase());
  const { status, stderr } = await runMigrator(
    [
      "up",
      "--db",
      "frontend",
      "--migrations",
      migrations,
      "--finalize",
      "run",
      "--database-url",
      url,
    ],
  );
  assert.equal(status, 0, stderr);
  return { server, url };
}

async function drift(url: string, ...more: string[]) {
  return await runMigrator(
    ["drift", "--db", "frontend", "--migrations", migrations, "--database-url", url, ...more],
    // Two engines are started, and the first time their data directory is made.
    { timeout: 300_000 },
  );
}
