/**
 * Scripts that would end the transaction that was opened for them, where the server read strings
 * otherwise than the standard says; and transactions that were ended all the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { connectorTo, failureOf, interfere, newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** What is a string to the standard, and a COMMIT to a server that takes a backslash for an escape. */
const HIDDEN = `SELECT 'x\\', '; COMMIT; --';\n`;

/** Makes it so, whatever the run has set before. */
const TURN_OFF = "SELECT set_config('standard_conforming_strings', 'off', true);\n";

for (const major of majors) {
  describe(`a backslash in a string, on PostgreSQL ${major}`, () => {
    /** A product whose role reads strings in the old way. */
    const withOldStrings = async (up: string, yaml?: string) => {
      const product = await newProduct(await sharedCluster(major), [
        { up, ...(yaml ? { yaml } : {}) },
      ]);
      await product.sql(
        `ALTER DATABASE ${product.postgres} SET standard_conforming_strings = off`,
      );
      return product;
    };

    test("is a character, whatever the role's setting", LIMIT, async () => {
      const product = await withOldStrings(
        `CREATE TABLE t1 (a text); INSERT INTO t1 ${HIDDEN} SELECT 1/0;`,
      );
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.hint ?? "", /rolled back as a whole/);
      assert.deepEqual(await product.attempts(), ["1 up f"]);
      const [row] = await product.sql("SELECT to_regclass('t1') AS t1");
      assert.equal(row?.["t1"], null);
    });

    test("is one in several small migrations, too", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE a (b text)" },
        {
          up: "CREATE TABLE b (c text DEFAULT 'x\\'); CREATE TABLE c (d text DEFAULT '; COMMIT;')",
        },
        { up: "ALTER TABLE b ADD d text DEFAULT 'x\\'" },
      ]);
      await product.sql(
        `ALTER DATABASE ${product.postgres} SET standard_conforming_strings = off`,
      );
      await product.run();
      const rows = await product.sql("INSERT INTO b DEFAULT VALUES RETURNING c, d");
      assert.deepEqual(rows.map((row) => ({ ...row })), [{ c: "x\\", d: "x\\" }]);
    });

    test("is one outside transactions, too", LIMIT, async () => {
      const product = await withOldStrings(
        `CREATE TABLE t1 (a text); INSERT INTO t1 SELECT 'x\\'; SELECT '; DROP TABLE t1; --';`,
        "transaction: none",
      );
      await product.run();
      const rows = await product.sql("SELECT a FROM t1");
      assert.deepEqual(rows.map((row) => ({ ...row })), [{ a: "x\\" }]);
    });

    test("is one even where the script turns that off", LIMIT, async () => {
      const { length } = HIDDEN;
      const product = await newProduct(await sharedCluster(major), [
        { up: `${TURN_OFF}CREATE TABLE t1 (a text); ${HIDDEN}SELECT 1` },
        // So long that it is sent as several messages.
        { up: `${TURN_OFF}${HIDDEN.repeat(200_000 / length)}CREATE TABLE t2 (); SELECT 1/0` },
      ]);
      const failure = await failureOf(product.run());
      assert.equal(failure.code, "sql/statement-failed");
      assert.match(failure.message, /division by zero/);
      const [row] = await product.sql("SELECT to_regclass('t1') AS t1, to_regclass('t2') AS t2");
      assert.deepEqual({ ...row }, { t1: "t1", t2: null });
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f"]);
    });
  });

  describe(`a transaction that is ended behind a migration's back, on PostgreSQL ${major}`, () => {
    /** Sends what no script can, before a message that holds a text. */
    const endingBefore = async (url: string, text: string, end: string) =>
      interfere(await connectorTo(url), {
        async before(message, session) {
          if (message.includes(text) && !message.includes("migration_definitions")) {
            await session.query(end);
          }
        },
      });

    test("leaves no row of success where the script fails", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: `CREATE TABLE t1 (a text); SELECT '${"x".repeat(70_000)}'; SELECT 1/0;` },
      ]);
      const connector = await endingBefore(product.url, "SELECT 1/0", "COMMIT");
      const failure = await failureOf(product.run({ connector }));
      assert.equal(failure.code, "history/transaction-ended");
      assert.equal(failure.exit, 5);
      assert.doesNotMatch(`${failure.message} ${failure.hint}`, /rolled back/);
      assert.match(failure.message, /division by zero/);
      assert.deepEqual(await product.attempts(), ["1 up f"]);
      const [row] = await product.sql(
        "SELECT to_regclass('t1')::text AS t1, (SELECT state FROM migrator.status) AS state",
      );
      assert.deepEqual({ ...row }, { t1: "t1", state: "dirty" });
    });

    for (const end of ["COMMIT", "ROLLBACK", "COMMIT; BEGIN", "ROLLBACK; BEGIN"]) {
      test(`by ${end} is not taken for applied`, LIMIT, async () => {
        const product = await newProduct(await sharedCluster(major), [
          { up: "CREATE TABLE t1 (a text); SELECT 1" },
          { up: "CREATE TABLE never ()" },
        ]);
        const connector = await endingBefore(
          product.url,
          "RETURNING id,",
          end,
        );
        const failure = await failureOf(product.run({ connector }));
        assert.equal(failure.code, "history/not-recorded");
        assert.doesNotMatch(`${failure.message} ${failure.hint}`, /rolled back/);
        const [row] = await product.sql(
          `SELECT to_regclass('never')::text AS never,
            (SELECT state FROM migrator.status WHERE version = 1) AS state`,
        );
        assert.deepEqual({ ...row }, { never: null, state: "dirty" });
      });
    }
  });
}
