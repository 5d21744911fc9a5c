import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { compileScript } from "../../../src/definition/migration/script.ts";
import { Failure } from "../../../src/failure.ts";

async function compile(sql: string, transactionNone = false) {
  const defects: Failure[] = [];
  const compiled = await compileScript(new TextEncoder().encode(sql), {
    path: "x.sql",
    transactionNone,
    report: (defect) => defects.push(defect),
  });
  return { defects, compiled, script: compiled?.script };
}

describe("compileScript", () => {
  const wrappers: readonly [string, string][] = [
    ["BEGIN", "COMMIT"],
    ["begin work", "commit work"],
    ["BEGIN TRANSACTION", "END TRANSACTION"],
    ["START TRANSACTION", "end"],
    ["/* a */ BEGIN", "COMMIT AND NO CHAIN -- b"],
  ];
  for (const [begin, commit] of wrappers) {
    it(`takes off ${begin} … ${commit}`, async () => {
      const { defects, script } = await compile(`${begin};\nSELECT 1;\n${commit};\n`);
      assert.deepEqual(defects, []);
      assert.equal(script!.statements.length, 1);
      assert.equal(script!.transaction, "single");
    });
  }

  it("gives a wrapped file the checksum of the bare one", async () => {
    const wrapped = await compile("BEGIN; SELECT 1; COMMIT;");
    const bare = await compile("\uFEFFSELECT 1 -- one\r\n");
    assert.equal(wrapped.script!.checksum, bare.script!.checksum);
    assert.notEqual(wrapped.script!.rawChecksum, bare.script!.rawChecksum);
  });

  it("ends a statement at bun's split in whichever layout, for a database remembers none", async () => {
    const { defects, script } = await compile("SELECT 1\n--bun:split\nSELECT 2");
    const bare = await compile("SELECT 1; SELECT 2");
    assert.deepEqual(defects, []);
    assert.equal(script!.checksum, bare.script!.checksum);
  });

  it("says of a template that it is not filled in", async () => {
    const { defects } = await compile("SELECT * FROM {{ .Schema }}.t");
    assert.match(defects[0]!.hint!, /templates are not filled in/);
  });

  it("counts every byte in the raw checksum", async () => {
    const { script } = await compile("\uFEFFSELECT 1");
    assert.equal(
      script!.rawChecksum,
      createHash("sha256").update("\uFEFFSELECT 1").digest("hex"),
    );
  });

  it("takes a wrapper around nothing", async () => {
    const { defects, script } = await compile("BEGIN; COMMIT;");
    assert.deepEqual(defects, []);
    assert.deepEqual(script!.statements, []);
  });

  const refused: readonly string[] = [
    "PREPARE TRANSACTION 'x'",
    "SAVEPOINT s; VACUUM",
  ];
  for (const sql of refused) {
    it(`refuses ${sql}`, async () => {
      const { defects } = await compile(sql);
      assert.ok(defects.length > 0);
      for (const { code } of defects) assert.equal(code, "definition/stray-transaction-control");
    });
  }

  it("takes statements that only look like transaction control", async () => {
    const sql =
      "DO $$ BEGIN PERFORM 1; END $$; COMMENT ON TABLE a IS 'COMMIT;'; SAVEPOINT commit;" +
      " CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;";
    assert.deepEqual((await compile(sql)).defects, []);
  });

  it("runs statement by statement when metadata asks for it", async () => {
    assert.equal((await compile("SELECT 1", true)).script!.transaction, "none");
  });

  it("lets several statements that must run alone share a file", async () => {
    const { defects, script } = await compile("VACUUM a; DROP INDEX CONCURRENTLY i; SELECT 1");
    assert.deepEqual(defects, []);
    assert.equal(script!.transaction, "none");
    assert.deepEqual(script!.statements.map(({ outside }) => outside), [
      "VACUUM",
      "DROP INDEX CONCURRENTLY",
      undefined,
    ]);
  });

  /** A file, and its transactions: statements, modes, and how it ends. */
  const divided: readonly (readonly [string, string])[] = [
    // One transaction holds all of it.
    ["A; COMMIT", "single"],
    ["COMMIT; A", "single"],
    ["BEGIN; A", "single"],
    ["A; BEGIN; B; END", "single"],
    ["BEGIN; BEGIN; A; COMMIT; COMMIT", "single"],
    ["BEGIN; SAVEPOINT s; A; RELEASE s; COMMIT", "single"],
    // As PostgreSQL divides one message.
    ["BEGIN; A; COMMIT; BEGIN; B; C; COMMIT", "0-1 1-3"],
    ["A; COMMIT; B; C", "0-1 1-3"],
    ["A; BEGIN; B; COMMIT; C", "0-2 2-3"],
    ["BEGIN; A; ROLLBACK", "0-1 rolled back"],
    ["A; ROLLBACK; B", "0-1 rolled back, 1-2"],
    ["BEGIN; A; ABORT; BEGIN; B; COMMIT", "0-1 rolled back, 1-2"],
    ["A; COMMIT AND CHAIN; B", "0-1 1-2"],
    ["BEGIN; A; COMMIT AND CHAIN; B; COMMIT; C", "0-1 1-2 2-3"],
    ["BEGIN; A; ROLLBACK AND CHAIN; B", "0-1 rolled back, 1-2"],
    [
      "BEGIN ISOLATION LEVEL SERIALIZABLE; A; COMMIT AND CHAIN; B; COMMIT",
      "0-1 ISOLATION LEVEL SERIALIZABLE 1-2 ISOLATION LEVEL SERIALIZABLE",
    ],
    // Modes come before the first query.
    [
      "BEGIN ISOLATION LEVEL SERIALIZABLE, DEFERRABLE; A; COMMIT",
      "0-1 ISOLATION LEVEL SERIALIZABLE, DEFERRABLE",
    ],
    ["START TRANSACTION ISOLATION LEVEL REPEATABLE READ; A", "0-1 ISOLATION LEVEL REPEATABLE READ"],
    ["A; BEGIN READ WRITE; B; COMMIT", "0-1 1-2 READ WRITE"],
    // What must be the first of its transaction.
    ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; A", "0-2"],
    ["SELECT pg_create_logical_replication_slot('s', 'pgoutput')", "0-1"],
    // Beside statements that run outside transactions.
    ["VACUUM; BEGIN; A; B; COMMIT; C", "1-3"],
    ["A; BEGIN; B; COMMIT; VACUUM", "1-2"],
    ["A; COMMIT; VACUUM", ""],
    ["DO $$ BEGIN PERFORM 1; COMMIT; END $$; A", ""],
  ];
  for (const [short, expected] of divided) {
    it(`divides ${short} into transactions: ${expected || "none"}`, async () => {
      const sql = short.replace(/\b[ABC]\b/g, (letter) => `CREATE TABLE ${letter} ()`);
      const { defects, script } = await compile(sql);
      assert.deepEqual(defects, []);
      const { transaction, transactions = [] } = script!;
      const words = transactions.map(({ first, end, modes, isRolledBack }) =>
        [`${first}-${end}`, modes, isRolledBack && "rolled back,"].filter(Boolean).join(" ")
      ).join(" ").replace(/,$/, "");
      assert.equal(transaction === "single" ? "single" : words, expected);
    });
  }

  it("refuses in a transaction of the file what PostgreSQL refuses there", async () => {
    const { defects } = await compile("BEGIN; SELECT 1; COMMIT;\nBEGIN; VACUUM; COMMIT");
    assert.deepEqual(defects.map(({ code, place }) => [code, place!.line]), [
      ["definition/outside-in-transaction", 2],
    ]);
  });

  it("gives a file the checksum that its statements have without transactions", async () => {
    const divided = await compile("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT");
    const bare = await compile("SELECT 1; SELECT 2");
    assert.equal(divided.script!.checksum, bare.script!.checksum);
  });

  const bodies: readonly (readonly [string, boolean])[] = [
    ["BEGIN COMMIT; END", true],
    ["BEGIN IF true THEN ROLLBACK; END IF; END", true],
    ["BEGIN FOR i IN 1..2 LOOP COMMIT AND CHAIN; END LOOP; END", true],
    ["BEGIN RAISE 'COMMIT;'; /* COMMIT; */ END", false],
    ["DECLARE commit int; BEGIN commit := 1; END", false],
  ];
  for (const [body, ends] of bodies) {
    it(`runs DO ${body} ${ends ? "outside" : "in"} a transaction`, async () => {
      const { script } = await compile(`DO $$ ${body} $$`);
      assert.equal(script!.transaction, ends ? "none" : "single");
    });
  }

  it("says so when there is more SQL than the parser can hold", async () => {
    const { defects } = await compile("INSERT INTO t VALUES (1)" + ",(2,'bbb')".repeat(2_000_000));
    assert.deepEqual(defects.map(({ code }) => code), ["definition/too-much-sql"]);
    assert.match(defects[0]!.hint!, /fewer rows/);
    assert.equal((await compile("SELECT 1")).script!.statements.length, 1);
  });
});
