import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";

const migrations = fileURLToPath(new URL("../../migrations", import.meta.url));

describe("migrator docs", () => {
  test("writes the same files each time, and checks them", async () => {
    await withFolder({}, async (folder) => {
      const docs = (...more: string[]) =>
        runMigrator(
          ["docs", "--db", "codeintel", "--migrations", migrations, "--output", folder, ...more],
          { env: { XDG_CACHE_HOME: folder } },
        );
      const missing = await docs("--check");
      assert.equal(missing.status, 1, missing.stderr);
      assert.equal((await docs()).status, 0);
      const file = `${folder}/codeintel/schema.md`;
      const text = await fs.readFile(file, "utf8");
      assert.match(text, /# Table "public\.codeintel_uploads"\n\n```\n +Column +\| +Type/);
      const { format, server, objects } = JSON.parse(
        await fs.readFile(`${folder}/codeintel/schema.json`, "utf8"),
      );
      assert.deepEqual({ format, server }, { format: 1, server: 180000 });
      assert.ok(
        !objects.some(({ owner, schema }: Record<string, unknown>) =>
          owner === "postgres" || schema === "migrator"
        ),
      );
      assert.equal((await docs("--check")).status, 0);
      await fs.writeFile(file, `${text}more`);
      const stale = await docs("--check");
      assert.equal(stale.status, 1);
      assert.match(
        stale.stdout,
        /schema\.md: not up to date\n.*schema\.json: up to date|schema\.json: up to date\n.*schema\.md: not up to date/,
      );
    });
  });

  test("writes a page that names the migration and line of each object, and checks it", async () => {
    const files = {
      "m/1_a.up.sql":
        "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (a bigint REFERENCES a);",
      "m/1_a.down.sql": "DROP TABLE b, a;",
      "m/2_c.up.sql":
        "\nALTER TABLE b ADD COLUMN x int;\nDO $$ BEGIN CREATE INDEX b_x ON b (x); END $$;",
      "m/2_c.down.sql": "ALTER TABLE b DROP COLUMN x;",
    };
    await withFolder(files, async (folder) => {
      const docs = (...more: string[]) =>
        runMigrator(["docs", "--migrations", `${folder}/m`, "--output", folder, "--html", ...more]);
      const stale = await docs("--check");
      assert.equal(stale.status, 1, stale.stderr);
      assert.match(stale.stdout, /next: migrator docs --html/);
      assert.equal((await docs()).status, 0);
      const page = await fs.readFile(`${folder}/m/schema.html`, "utf8");
      const b = /<article id="TABLE~20public.b">.*?<\/article>/s.exec(page)?.[0] ?? "";
      assert.match(b, /made by 1 a \(m\/1_a\.up\.sql:2\)/);
      assert.match(b, /b_x CREATE INDEX .*made by 2 c \(m\/2_c\.up\.sql:3\)/);
      assert.equal((await docs("--check")).status, 0);
    });
  });

  test("refuses a migration that is not SQL", async () => {
    await withFolder({ "m/1_a.up.sql": "CREATE TABL a ();" }, async (folder) => {
      const args = ["docs", "--migrations", `${folder}/m`, "--output", `${folder}/out`];
      const { status, stderr } = await runMigrator(args);
      assert.equal(status, 4, stderr);
      assert.match(stderr, /1_a\.up\.sql:1/);
    });
  });

  test("names an extension that the shadow lacks, and a server that may have it", async () => {
    const files = {
      "m/1_maps.up.sql": "CREATE TABLE a (id integer);\nCREATE EXTENSION postgis;",
      "m/1_maps.down.sql": "DROP TABLE a;",
    };
    await withFolder(files, async (folder) => {
      const { status, stderr } = await runMigrator([
        "docs",
        "--migrations",
        folder,
        "--output",
        `${folder}/out`,
      ]);
      assert.equal(status, 7);
      assert.match(stderr, /shadow\/missing-extension/);
      assert.match(stderr, /1_maps\.up\.sql:2/);
      assert.match(stderr, /no extension postgis/);
      assert.match(stderr, /--shadow-url/);
    });
  });

  test("makes and drops a database of its own with --shadow-url", async () => {
    const server = await sharedCluster(18);
    const databases = () =>
      server.sql("postgres", "SELECT datname FROM pg_database WHERE datname ~ 'shadow' ORDER BY 1");
    await withFolder({}, async (folder) => {
      const { status, stdout, stderr } = await runMigrator([
        "docs",
        "--db",
        "codeintel",
        "--migrations",
        migrations,
        "--output",
        folder,
        "--shadow-url",
        server.url(),
      ]);
      assert.equal(status, 0, stdout + stderr);
      assert.match(
        await fs.readFile(`${folder}/codeintel/schema.md`, "utf8"),
        /public\.codeintel_uploads/,
      );
    });
    assert.deepEqual(await databases(), []);
  });
});
