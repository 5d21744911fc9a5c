import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newest, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { writeMigrations, type Written } from "../../support/harness.ts";
import { newInstallation, release, table } from "../../support/releases.ts";

const LIMIT = { timeout: 120_000 };

describe("a rollback that cannot be finished", () => {
  const T1 = release([table(1)]);

  test(
    "changes nothing in any database, and names the first step that cannot be gone",
    LIMIT,
    async () => {
      const at = await newInstallation(await sharedCluster(newest));
      const older = writeMigrations({ a: [table(1)], b: [table(1, { up: "", down: "" })] });
      const newer = writeMigrations({
        a: [
          table(1),
          table(2),
          table(3, { yaml: "irreversible: rows are gone" }),
          table(4),
        ],
        b: [table(1, { up: "", down: "" }), table(5)],
      });
      await at.command(newer, "up");
      const before = await at.schema();
      const printed = await at.command(older, "rollback", { exit: 2 });
      assert.match(printed, /plan\/irreversible.*Migration 3 \(m3\) of "a".*rows are gone/s);
      assert.equal(await at.schema(), before);
      const dryRun = await at.command(older, "rollback --dry-run", { exit: 2 });
      assert.match(dryRun, /b: 1 to run/);
      assert.match(
        dryRun,
        /down 4 \(m4\)\n {2}down 3 \(m3\)\n +cannot: .*rows are gone.*\n {2}down 2/s,
      );
      // The last database goes first, so that what needs another is gone before it.
      assert.ok(dryRun.indexOf("b: 1 to run") < dryRun.indexOf("a: 3 to run"));
    },
  );

  test("is refused where the role may not drop what a migration created", LIMIT, async () => {
    const server = await sharedCluster(newest);
    const at = await newInstallation(server);
    const role = `limited_${at.postgres}`;
    await at.command(release([table(1)]), "up");
    await at.command(
      release([table(1), table(2), {
        version: 3,
        up: "CREATE EXTENSION pg_trgm",
        down: "DROP EXTENSION pg_trgm",
        yaml: "privileged: true",
      }]),
      "up",
    );
    await at.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await at.sql(
      `ALTER TABLE t1 OWNER TO ${role}; ALTER TABLE t2 OWNER TO ${role};
      ALTER SCHEMA migrator OWNER TO ${role};
      DO $$ DECLARE r record; BEGIN
        FOR r IN SELECT c.oid::regclass AS name, relkind FROM pg_class AS c
          WHERE relnamespace = 'migrator'::regnamespace AND relkind IN ('r', 'v') LOOP
          EXECUTE format('ALTER TABLE %s OWNER TO ${role}', r.name);
        END LOOP;
      END $$`,
    );
    const url = new URL(at.url);
    url.username = role;
    url.password = "x";
    const asRole = async (line: string, exit: number) => {
      const args = [...line.split(" "), "--migrations", T1, "--database-url", url.href];
      const { status, stderr } = await runMigrator(args);
      assert.equal(status, exit, stderr);
      return stderr;
    };
    const stderr = await asRole("rollback", 2);
    assert.match(stderr, /plan\/not-owner/);
    assert.match(stderr, /it drops the extension pg_trgm, which belongs to "/);
    assert.match(await at.schema(), /table public\.t2/);
    // By hand, as the page of the error says.
    await asRole("down --target 3", 0);
    await at.sql("DROP EXTENSION pg_trgm");
    await asRole("log add 3 --down --reason dropped", 0);
    await asRole("rollback", 0);
    assert.doesNotMatch(await at.schema(), /table public\.t2/);
  });

  test("is refused for another product's database", LIMIT, async () => {
    const at = await newInstallation(await sharedCluster(newest));
    await at.command(release([table(1), table(2)]), "up");
    const printed = await at.command(release([table(7)]), "rollback", { exit: 2 });
    assert.match(printed, /plan\/other-release/);
  });
});

describe("what a rollback would lose", () => {
  test("is shown with its rows, under the names that it has now", LIMIT, async () => {
    const at = await newInstallation(await sharedCluster(newest));
    const older: Written[] = [
      { version: 1, up: "CREATE TABLE a (id int, gone int)", down: "DROP TABLE a" },
    ];
    const newer: Written[] = [
      ...older,
      { version: 2, up: "ALTER TABLE a ADD extra int", down: "ALTER TABLE a DROP COLUMN extra" },
      { version: 3, up: "CREATE TABLE b (id int)", down: "DROP TABLE b" },
      { version: 4, up: "ALTER TABLE b RENAME TO c", down: "ALTER TABLE c RENAME TO b" },
      { version: 5, up: "DROP TABLE a", down: "CREATE TABLE a (id int, gone int, extra int)" },
      { version: 6, up: "CREATE SCHEMA s; CREATE TABLE s.d ()", down: "DROP SCHEMA s CASCADE" },
      {
        version: 7,
        up:
          "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT",
        down: "DROP TABLE p",
      },
    ];
    await at.command(release(older), "up");
    await at.command(release(newer), "up --target 4");
    await at.sql("INSERT INTO a VALUES (1, 1, 1), (2, 2, NULL); INSERT INTO c VALUES (1)");
    await at.command(release(newer.slice(0, 4)), "rollback --dry-run");
    const early = await at.command(release(older), "rollback --dry-run");
    assert.match(early, /lost: public\.c, 1 row\n/);
    assert.match(early, /lost: column extra of public\.a, 1 row with a value\n/);
    await at.command(release(newer), "up");
    await at.sql("INSERT INTO p SELECT generate_series(1, 7)");
    const printed = await at.command(release(older), "rollback --dry-run --json");
    const lost = printed.trim().split("\n").map((line) => JSON.parse(line))
      .filter(({ event }) => event === "loss").map(({ table, rows }) => `${table} ${rows}`);
    // a is gone now, so that the way creates it before it drops a column of it.
    assert.deepEqual(lost, ["public.p 7", "s.d 0", "public.c 1"]);
  });

  test("is estimated where counting is blocked", LIMIT, async () => {
    const server = await sharedCluster(newest);
    const at = await newInstallation(server);
    await at.command(release([table(1), table(2)]), "up");
    await at.sql("INSERT INTO t2 SELECT generate_series(1, 500); ANALYZE t2");
    const holder = server.sql(at.postgres, "BEGIN; LOCK TABLE t2; SELECT pg_sleep(6); COMMIT");
    const printed = await at.command(release([table(1)]), "rollback --dry-run");
    await holder;
    assert.match(printed, /lost: public\.t2, about 500 rows by the server's estimate/);
  });
});
