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
    "BEGIN",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "BEGIN; SELECT 1; ROLLBACK",
    "BEGIN; BEGIN; SELECT 1; COMMIT; COMMIT",
    "SELECT 1; COMMIT AND CHAIN",
    "PREPARE TRANSACTION 'x'",
    "COMMIT; VACUUM",
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

  it("says so when there is more SQL than the parser can hold", async () => {
    const { defects } = await compile("INSERT INTO t VALUES (1)" + ",(2,'bbb')".repeat(2_000_000));
    assert.deepEqual(defects.map(({ code }) => code), ["definition/too-much-sql"]);
    assert.match(defects[0]!.hint!, /fewer rows/);
    assert.equal((await compile("SELECT 1")).script!.statements.length, 1);
  });
});
