import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { failureOf, newProduct, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

/** None of them has an `ł`, a `€` is in WIN1252 only, and Japanese in EUC_JP only. */
const ENCODINGS = ["LATIN1", "WIN1252", "EUC_JP", "SQL_ASCII"] as const;

const LIST: readonly Written[] = [
  {
    up: "-- Kosten in €, auch für Łódź 🏠 und 日本\nCREATE TABLE t (id int, /* ł € */ note text);",
    down: "-- zurück, 5 €\nDROP TABLE t; -- ł",
  },
  {
    up: "INSERT INTO t VALUES (1, 'plain') -- 🏠 before the end\n, (2, 'x');",
    down: "DELETE FROM t",
    yaml: "transaction: none",
  },
];

for (const major of majors) {
  describe(`a database of another encoding, on PostgreSQL ${major}`, () => {
    for (const encoding of ENCODINGS) {
      test(`${encoding} keeps what migrations are made of`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), LIST, { encoding });
        const run = (...args: readonly string[]) => runMigrator([...args, ...product.args]);
        const up = await run("up");
        assert.equal(up.status, 0, up.stderr);
        const status = await run("status");
        assert.match(status.stdout, /2 applied/);
        assert.doesNotMatch(status.stdout + status.stderr, /edited/);
        // An older program takes back what only the database keeps, word for word.
        product.rewrite([{ version: 9, up: "SELECT 1" }]);
        const described = await run("describe", "1");
        assert.equal(described.status, 0, described.stderr);
        const down = await run("down", "2");
        assert.equal(down.status, 0, down.stderr);
        assert.deepEqual(await product.sql("SELECT to_regclass('t') AS t"), [{ t: null }]);
      });
    }

    test("names the character that a statement needs, and where it stands", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE t (note text)" },
        { up: "SELECT 1;\n-- €\nINSERT INTO t VALUES ('é'), /* € */ ('5 €')" },
      ], { encoding: "LATIN1" });
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.deepEqual(failure.place, { file: "app/2_m2/up.sql", line: 3, column: 41 });
      assert.match(failure.message, /no equivalent in encoding "LATIN1" \(SQLSTATE 22P05\)/);
      assert.match(failure.hint ?? "", /does not have the character “€” \(U\+20AC\)/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
      product.rewrite([
        { up: "CREATE TABLE t (note text)" },
        { up: "INSERT INTO t VALUES ('é')", yaml: "transaction: none" },
        { up: "INSERT INTO t VALUES ('€')", yaml: "transaction: none" },
      ]);
      const outside = await failureOf(product.run());
      assert.deepEqual(outside.place, { file: "app/3_m3/up.sql", line: 1, column: 24 });
      assert.deepEqual(
        await product.sql("SELECT encode(convert_to(note, 'LATIN1'), 'hex') AS note FROM t"),
        [{ note: "e9" }],
      );
    });

    test("keeps declarations of batched migrations, and what is said of them", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE t (id bigint PRIMARY KEY, n int)" },
        { up: "INSERT INTO t SELECT generate_series(1, 9)" },
        {
          up: "SELECT 1",
          yaml: "queues: [fill]",
          background: {
            fill: "table: t\nsql: |\n  -- 5 €\n  UPDATE t SET n = 1 /* ł */ WHERE batch()\n" +
              "down: UPDATE t SET n = NULL WHERE batch() -- 🏠\n",
          },
        },
      ], { encoding: "LATIN1" });
      const run = async (...args: readonly string[]) => {
        const ended = await runMigrator([...args, ...product.args]);
        assert.equal(ended.status, 0, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
        return ended.stdout;
      };
      await run("up");
      const reason = "für Łódź, 5 €";
      await run("background", "pause", "fill", "--reason", reason);
      assert.ok((await run("background", "show", "fill")).includes(reason));
      await run("background", "resume", "fill");
      await run("background", "work");
      assert.deepEqual(await product.sql("SELECT count(*)::int AS done FROM t WHERE n = 1"), [
        { done: 9 },
      ]);
      await run("down", "1");
    });

    test("keeps a person's reason, and rows of an older program as they are", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE t ()", down: "DROP TABLE t" },
      ], { encoding: "LATIN1" });
      await product.run();
      await product.sql(
        `UPDATE migrator.migration_definitions SET up_sql = '-- \\é' || chr(10) || up_sql`,
      );
      const reason = "5 € für Łódź";
      const added = await runMigrator([
        "log",
        "add",
        "1",
        "--down",
        "--reason",
        reason,
        ...product.args,
      ]);
      assert.equal(added.status, 0, added.stderr);
      const { stdout } = await runMigrator(["describe", "1", ...product.args]);
      assert.ok(stdout.includes(reason), stdout);
      assert.deepEqual(
        await product.sql("SELECT note FROM migrator.migration_logs ORDER BY id DESC LIMIT 1"),
        [
          { note: "U&'5 \\20AC für \\0141ód\\017A'" },
        ],
      );
    });
  });
}
