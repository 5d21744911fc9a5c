import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { type Files, withFolder } from "../../support/folder.ts";

const FLAT: Files = {
  "shop/1_a.up.sql": "CREATE TABLE a ();\n",
  "shop/2_b.up.sql": "CREATE TABLE b ();\n",
  "shop/3_c.up.sql": "CREATE TABLE c ();\n",
};

const GOLANG =
  "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);";

/** What another tool left, and what is recorded of it. */
const CASES: readonly {
  readonly what: string;
  readonly from: string;
  readonly sql: string;
  readonly files?: Files;
  readonly args?: readonly string[];
  /** Versions that are recorded; `up` then runs the rest. */
  readonly records: readonly string[];
  readonly says?: RegExp;
}[] = [
  {
    what: "golang-migrate's version",
    from: "golang-migrate",
    sql: `${GOLANG} INSERT INTO schema_migrations VALUES (2, false)`,
    records: ["1", "2"],
    says: /is at version 2/,
  },
  {
    what: "a table of golang-migrate's for each database",
    from: "golang-migrate",
    sql: `${GOLANG} INSERT INTO schema_migrations VALUES (3, false);
      CREATE TABLE shop_schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
      INSERT INTO shop_schema_migrations VALUES (1, false); DROP TABLE b`,
    records: ["1"],
  },
  {
    what: "a table that is named",
    from: "golang-migrate",
    sql: `${GOLANG} INSERT INTO schema_migrations VALUES (3, false);
      CREATE SCHEMA audit; ALTER TABLE schema_migrations SET SCHEMA audit;
      ALTER TABLE audit.schema_migrations RENAME TO "Done"`,
    args: ["--table", 'audit."Done"'],
    records: ["1", "2", "3"],
  },
  {
    what: "a dirty one that turned out to be applied",
    from: "golang-migrate",
    sql: `${GOLANG} INSERT INTO schema_migrations VALUES (2, true)`,
    args: ["--failed-as", "applied"],
    records: ["1", "2"],
    says: /failed\s+2 \(b\): the database is marked dirty/,
  },
  {
    what: "a dirty one of which nothing is there",
    from: "golang-migrate",
    sql: `${GOLANG} INSERT INTO schema_migrations VALUES (2, true); DROP TABLE b`,
    args: ["--failed-as", "pending"],
    records: ["1"],
  },
  {
    what: "goose's rows, one of them missing",
    from: "goose",
    files: {
      "shop/1_a.sql": "-- +goose Up\nCREATE TABLE a ();\n",
      "shop/2_b.sql": "-- +goose Up\nCREATE TABLE b ();\n",
    },
    sql: `CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL,
        is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());
      INSERT INTO goose_db_version (version_id, is_applied)
      VALUES (0, true), (2, true), (99, true); DROP TABLE a`,
    records: ["2"],
    says: /missing\s+99 is in the table[^]*skipped\s+1 \(a\)/,
  },
  {
    what: "sqlx's rows, one of a file that was edited",
    from: "sqlx",
    files: {
      "shop/1_a.sql": "-- no-transaction\nCREATE TABLE a ();\n",
      "shop/2_b.sql": "CREATE TABLE b ();\n",
    },
    sql: `CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text,
        installed_on timestamptz DEFAULT now(), success boolean, checksum bytea, execution_time bigint);
      INSERT INTO _sqlx_migrations VALUES (1, 'a', '2020-01-02 03:04:05+00', true, '\\x00', 1);
      DROP TABLE b`,
    records: ["1"],
    says: /edited\s+1 \(a\)/,
  },
  {
    what: "bun's rows with a lock that is left",
    from: "bun",
    sql: `CREATE TABLE bun_migrations (id bigserial PRIMARY KEY, name varchar, group_id bigint,
        migrated_at timestamptz DEFAULT now());
      CREATE TABLE bun_migration_locks (id bigserial PRIMARY KEY, table_name varchar UNIQUE);
      INSERT INTO bun_migrations (name, group_id) VALUES ('1', 1), ('2', 1);
      INSERT INTO bun_migration_locks (table_name) VALUES ('bun_migrations')`,
    args: ["--failed-as", "applied"],
    records: ["1", "2"],
    says: /unfinished 2 \(b\): the tool's lock is taken/,
  },
  {
    what: "Sourcegraph's rows of its own database",
    from: "sourcegraph",
    sql: `CREATE TABLE migration_logs (id serial PRIMARY KEY, migration_logs_schema_version int,
        schema text, version int, up bool, started_at timestamptz, finished_at timestamptz,
        success bool, error_message text, backfilled bool DEFAULT false);
      INSERT INTO migration_logs (schema, version, up, started_at, finished_at, success)
      VALUES ('schema_migrations', 1, true, now(), now(), true),
        ('codeintel_schema_migrations', 2, true, now(), now(), true);
      DROP TABLE b`,
    records: ["1"],
  },
];

for (const major of majors) {
  describe(`adopt, on PostgreSQL ${major}`, () => {
    let server: Server;
    before(async () => {
      server = await sharedCluster(major);
    });

    /** A database in which the other tool has made all tables, and a way to run commands on it. */
    const withDatabase = async (
      { sql, files = FLAT }: { readonly sql: string; readonly files?: Files },
      action: (
        migrator: (...args: readonly string[]) => ReturnType<typeof runMigrator>,
        rows: (text: string) => Promise<Record<string, unknown>[]>,
      ) => Promise<void>,
    ) => {
      const database = await server.createDatabase();
      await server.sql(database, `CREATE TABLE a (); CREATE TABLE b (); ${sql}`);
      await withFolder(files, async (root) => {
        const where = ["--migrations", root, "--database-url", server.url(database)];
        await action(
          (...args) => runMigrator([...args, ...where]),
          async (text) => (await server.sql(database, text)).map((row) => ({ ...row })),
        );
      });
    };

    for (const { what, from, sql, files, args = [], records, says = /./ } of CASES) {
      test(`takes over ${what}`, { timeout: 60_000 }, async () => {
        await withDatabase({ sql, ...(files ? { files } : {}) }, async (migrator, rows) => {
          const dry = await migrator("adopt", "--from", from, "--dry-run", ...args);
          assert.equal(dry.status, 0, dry.stderr);
          assert.match(dry.stdout, says);
          const [nothing] = await rows("SELECT to_regnamespace('migrator') AS made");
          assert.deepEqual(nothing, { made: null });
          const { status, stderr } = await migrator("adopt", "--from", from, ...args);
          assert.equal(status, 0, stderr);
          const kept = await rows(
            "SELECT version, success, backfilled, note, direction FROM migrator.migration_logs " +
              "ORDER BY version",
          );
          const [written] = await rows(
            "SELECT count(DISTINCT xmin::text)::int AS transactions FROM migrator.migration_logs",
          );
          assert.deepEqual(written, { transactions: 1 });
          assert.deepEqual(kept.map(({ version }) => version), records);
          for (const row of kept) {
            assert.deepEqual([row["success"], row["backfilled"], row["direction"]], [
              true,
              true,
              "up",
            ]);
            assert.match(String(row["note"]), new RegExp(`^adopted from ${from}: `));
          }
          const up = await migrator("up");
          assert.equal(up.status, 0, up.stderr);
        });
      });
    }

    const REFUSED: readonly (readonly [what: string, sql: string, from: string, code: string])[] = [
      [
        "what failed there",
        `${GOLANG} INSERT INTO schema_migrations VALUES (2, true)`,
        "golang-migrate",
        "history/foreign-failed",
      ],
      ["a table that is not there", "", "goose", "history/no-foreign-history"],
      [
        "another tool's table",
        `${GOLANG} INSERT INTO schema_migrations VALUES (2, false)`,
        "flyway",
        "history/no-foreign-history",
      ],
      ["a table without rows", GOLANG, "golang-migrate", "history/foreign-mismatch"],
      [
        "another product's history",
        `CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
         INSERT INTO schema_migrations VALUES ('20200101')`,
        "dbmate",
        "history/foreign-mismatch",
      ],
      [
        "two tables of which none is nearer",
        `CREATE TABLE x (version bigint, dirty boolean); INSERT INTO x VALUES (1, false);
         CREATE TABLE y (version bigint, dirty boolean); INSERT INTO y VALUES (2, false)`,
        "golang-migrate",
        "history/several-foreign-histories",
      ],
    ];
    for (const [what, sql, from, code] of REFUSED) {
      test(`refuses ${what}`, async () => {
        await withDatabase({ sql }, async (migrator, rows) => {
          const { status, stderr } = await migrator("adopt", "--from", from);
          assert.equal(status, 5, stderr);
          assert.match(stderr, new RegExp(`error\\[${code}\\]`));
          assert.deepEqual(await rows("SELECT to_regnamespace('migrator') AS made"), [
            { made: null },
          ]);
        });
      });
    }

    test("records nothing twice, and what came since", async () => {
      const sql = `${GOLANG} INSERT INTO schema_migrations VALUES (1, false)`;
      await withDatabase({ sql }, async (migrator, rows) => {
        const steps = async () => {
          const { stdout, stderr, json } = await migrator(
            "adopt",
            "--from",
            "golang-migrate",
            "--json",
          );
          assert.notEqual(stdout, "", stderr);
          return json().at(-1)?.["steps"];
        };
        assert.deepEqual([await steps(), await steps()], [1, 0]);
        await rows("UPDATE schema_migrations SET version = 2");
        assert.equal(await steps(), 1);
      });
    });

    test("records all of it or nothing", async () => {
      const sql = `${GOLANG} INSERT INTO schema_migrations VALUES (3, false)`;
      await withDatabase({ sql }, async (migrator, rows) => {
        // The tables are there, and the third row is refused.
        assert.equal((await migrator("adopt", "--baseline", "1")).status, 0);
        await rows("ALTER TABLE migrator.migration_logs ADD CHECK (version <> 3) NOT VALID");
        const { status } = await migrator("adopt", "--from", "golang-migrate");
        assert.notEqual(status, 0);
        const [{ count } = {}] = await rows("SELECT count(*)::int FROM migrator.migration_logs");
        assert.equal(count, 1);
      });
    });

    test("takes a baseline for a database that no tool knows", async () => {
      await withDatabase({ sql: "" }, async (migrator, rows) => {
        const refused = await migrator("up");
        assert.equal(refused.status, 5, refused.stderr);
        const unknown = await migrator("adopt", "--baseline", "9");
        assert.match(unknown.stderr, /error\[plan\/unknown-target\]/);
        const { status, stderr } = await migrator(
          "adopt",
          "--baseline",
          "2",
          "--reason",
          "made by hand",
        );
        assert.equal(status, 0, stderr);
        assert.deepEqual(
          await rows("SELECT version, note FROM migrator.migration_logs ORDER BY version"),
          [
            { version: "1", note: "baseline 2: made by hand" },
            { version: "2", note: "baseline 2: made by hand" },
          ],
        );
        const up = await migrator("up");
        assert.equal(up.status, 0, up.stderr);
        assert.match(up.stdout, /applied 1 migration/);
      });
    });
  });
}
