import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** Where an error of the second migration stands in its file. */
const PLACES: readonly {
  readonly what: string;
  readonly up: string;
  readonly at: string;
  readonly sqlstate: string;
}[] = [
  {
    what: "a division by zero in the third of five statements",
    up: "SELECT 1;\nSELECT 2;\n\n  SELECT 1 / (SELECT 0);\nSELECT 4;\nSELECT 5;\n",
    at: "4:3, statement 3 of 5",
    sqlstate: "22012",
  },
  {
    what: "a column behind letters and pictures of several bytes",
    up:
      "CREATE TABLE é (a int);\nSELECT 'ü', '🙂🙂'\n  -- 🙂 ß\n  FROM é WHERE '🙂é' = 'x' AND wrong = 1;\n",
    at: "4:31, statement 2 of 2",
    sqlstate: "42703",
  },
  {
    what: "the first statement of a file with a mark of byte order and CRLF",
    up: "\uFEFF-- é\r\nSELECT\r\n\t'🙂', nothing;\r\n",
    at: "3:7, statement 1 of 1",
    sqlstate: "42703",
  },
  {
    what: "a statement behind a wrapping BEGIN",
    up: "BEGIN;\nSELECT 1;\nSELECT nothing;\nCOMMIT;\n",
    at: "3:8, statement 2 of 2",
    sqlstate: "42703",
  },
  {
    what: "an error inside a block",
    up: "SELECT 1;\nDO $$ BEGIN\n  RAISE EXCEPTION 'no é' USING HINT = 'ask';\nEND $$;",
    at: "2:1, statement 2 of 2",
    sqlstate: "P0001",
  },
  {
    what: "a deferred constraint",
    up: "CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (a int REFERENCES p " +
      "DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (7);",
    at: "up.sql, COMMIT",
    sqlstate: "23503",
  },
];

for (const major of majors) {
  describe(`a migration that fails, on PostgreSQL ${major}`, () => {
    for (const { what, up, at, sqlstate } of PLACES) {
      test(`is told with its place: ${what}`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [
          { up: "CREATE TABLE before ()" },
          { up },
          { up: "CREATE TABLE after ()" },
        ]);
        const failure = await failureOf(product.run());
        assert.equal(failure.code, "sql/statement-failed");
        assert.equal(failure.exit, 7);
        const where = at.startsWith("up.sql") ? `app/2_m2/${at}` : `app/2_m2/up.sql:${at}`;
        assert.ok(failure.message.includes(`failed at ${where}`), failure.message);
        assert.ok(failure.message.includes(`(SQLSTATE ${sqlstate})`), failure.message);
        assert.deepEqual(failure.facts["done"], ["1"]);
        const tables = await product.sql(
          "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        );
        assert.deepEqual(tables.map(({ relname }) => relname), ["before"]);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
        const [status] = await product.sql(
          `SELECT state, last_error->>'sqlstate' AS sqlstate, last_error->>'line' AS line
          FROM migrator.status WHERE version = 2`,
        );
        const line = /^\d+/.exec(at)?.[0] ?? null;
        assert.deepEqual({ ...status }, { state: "failed", sqlstate, line });
        assert.deepEqual(await product.sql("SELECT * FROM migrator.dirty"), []);
      });
    }

    test(
      "is shown by status with its error, and tried again once it is mended",
      LIMIT,
      async () => {
        const list = [{ up: "CREATE TABLE a ()" }, { up: "SELECT 1;\nSELECT nothing;" }];
        const product = await newProduct(await sharedCluster(major), list);
        const up = await runMigrator(["up", ...product.args]);
        assert.equal(up.status, 7, up.stderr);
        assert.match(up.stderr, /error\[sql\/statement-failed\].* app\/2_m2\/up\.sql:2:8, /);
        const status = await runMigrator(["status", "--exit-code", ...product.args]);
        assert.equal(status.status, 1, status.stderr);
        assert.match(
          status.stdout,
          /failed +2 .*m2\n +last error: app\/2_m2\/up\.sql:2:8: column "nothing" does not exist \(SQLSTATE 42703\)/,
        );
        product.rewrite([list[0]!, { up: "SELECT 1;" }]);
        assert.equal((await runMigrator(["up", ...product.args])).status, 0);
        const after = await runMigrator(["status", "--exit-code", ...product.args]);
        assert.equal(after.status, 0, after.stdout);
        assert.doesNotMatch(after.stdout, /last error/);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
      },
    );

    test("is described with all that the server said of it", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{
        up: "CREATE TABLE a (i int CONSTRAINT few CHECK (i < 3));\nINSERT INTO a VALUES (7);",
      }]);
      await failureOf(product.run());
      const { stdout } = await runMigrator(["describe", "1", ...product.args]);
      for (const part of [/detail: Failing row/, /object: public\.a\n/, /constraint: few\n/]) {
        assert.match(stdout, part);
      }
      assert.ok(stdout.split("\n").every((line) => line.length <= 80), stdout);
    });

    test("because it ends its own transaction is not taken for done", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$" },
        { up: "CREATE TABLE a (); CALL p()" },
      ]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.hint ?? "", /transaction: none/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
    });

    test("because it removes our rows is not taken for done", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "SELECT 1" },
        {
          up: `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER t BEFORE INSERT ON migrator.migration_logs FOR EACH ROW
            EXECUTE FUNCTION nothing()`,
        },
      ]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "history/not-recorded");
      assert.equal(failure.exit, 5);
    });
  });

  describe(`a connection that is lost, on PostgreSQL ${major}`, () => {
    test("inside a transaction leaves nothing, and says that it is so", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a ()" },
        { up: "CREATE TABLE b (); SELECT pg_terminate_backend(pg_backend_pid())" },
      ]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "connection/lost");
      assert.equal(failure.exit, 3);
      assert.match(failure.message, /the history says that it was not committed/);
      assert.deepEqual(failure.facts["done"], ["1"]);
      assert.deepEqual(await product.attempts(), ["1 up t"]);
      const [row] = await product.sql(
        "SELECT fence = durable_fence AS durable FROM migrator.databases",
      );
      assert.deepEqual({ ...row }, { durable: true });
    });
  });
}
