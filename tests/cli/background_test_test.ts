import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { before, describe, test } from "node:test";
import { writeMigrations } from "../support/harness.ts";
import { runMigrator } from "../support/command.ts";
import { majors, type Server, sharedCluster } from "../support/cluster.ts";

const TABLES = `
  CREATE TABLE routes (id bigint PRIMARY KEY, source_id bigint NOT NULL, namespace_id bigint);
  CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.namespace_id := NEW.source_id; RETURN NEW; END';
  CREATE TRIGGER copy BEFORE INSERT OR UPDATE ON routes FOR EACH ROW EXECUTE FUNCTION copy();`;

const COPY = `table: routes
sql: |
  UPDATE routes r SET namespace_id = r.source_id WHERE batch(r) AND r.namespace_id IS NULL
remaining: SELECT FROM routes WHERE namespace_id IS NULL
`;

/** What comes out hangs on what a sub-batch holds. */
const COUNT = `table: routes
sql: |
  UPDATE routes r SET source_id = (SELECT count(*) FROM routes s WHERE batch(s))
  WHERE batch(r)
`;

/** Of one test: Bun would give it five seconds. */
const LIMIT = { timeout: 240_000 };

describe("background test", () => {
  let args: readonly string[];
  let server: Server;
  before(async () => {
    server = await sharedCluster(majors.at(-1)!);
    const directory = writeMigrations({
      app: [{ up: TABLES }, { up: "", down: "", yaml: "queues: [copy]" }, {
        up: "DROP TABLE routes",
      }],
    });
    const folder = path.join(directory, "app", "background");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "copy.yaml"), COPY);
    fs.writeFileSync(path.join(folder, "count.yaml"), COUNT);
    fs.writeFileSync(path.join(directory, "rows.sql"), "INSERT INTO routes SELECT 1, 1, 0;\nOops");
    args = ["--migrations", directory];
  });
  const databases = () =>
    server.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'migrator\\_test%'");

  test("tries it in embedded PostgreSQL, at the place where it is queued", LIMIT, async () => {
    const { status, stdout, stderr } = await runMigrator(
      ["background", "test", "copy", "--rows", "15", "--seed", "3", ...args],
      { timeout: 120_000 },
    );
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^copy of app on pglite:memory \(to repeat it: --seed 3\)\n/);
    const levels = [...stdout.matchAll(/^ {2}(\w+) +(\w+)/gm)].map((
      [, level, name],
    ) => [name, level]);
    assert.deepEqual(levels, [
      ["sizes", "ok"],
      ["interrupted", "ok"],
      ["writers", "ok"],
      ["twice", "ok"],
      ["down", "skip"],
    ]);
  });

  test(
    "ends with 8 and shows the rows that differ, and leaves no database behind",
    LIMIT,
    async () => {
      const url = server.url();
      const migrations = [...args];
      // Where nothing queues it, all migrations come before it.
      fs.rmSync(path.join(args[1]!, "app", "3_m3"), { recursive: true });
      const { status, stdout, stderr } = await runMigrator(
        ["background", "test", "count", "--rows", "15", "--url", url, ...migrations],
      );
      assert.equal(status, 8, stderr);
      assert.match(stdout, /fail {2}sizes +1 at a time, other rows come out/);
      assert.match(stdout, /public\.routes id = \d+: .*source_id is 1, should be 15/);
      assert.match(stderr, /background\/test-failed.*count\.yaml.*--seed \d+/s);
      assert.deepEqual(await databases(), []);
      const refused = await runMigrator([
        ...["background", "test", "copy", "--url", url, "--data", path.join(args[1]!, "rows.sql")],
        ...migrations,
      ]);
      assert.equal(refused.status, 8);
      assert.match(refused.stderr, /background\/test-data.*syntax error.*rows\.sql:2/s);
      assert.deepEqual(await databases(), []);
    },
  );
});
