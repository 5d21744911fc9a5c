import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseStatements } from "../../../src/sql/script_statements.ts";
import { leavesSessionAlone } from "../../../src/sql/session_change.ts";

describe("leavesSessionAlone", () => {
  const cases = {
    "CREATE TABLE a ()": true,
    "CREATE INDEX ON a (f(b))": false,
    "DROP TABLE a": true,
    "COMMENT ON TABLE a IS 'b'": true,
    "CREATE TEMPORARY TABLE a ()": false,
    "CREATE TABLE a AS SELECT set_config('role', 'b', false)": false,
    "SET ROLE a": false,
    "SET LOCAL client_encoding = 'LATIN1'": false,
    "SELECT set_config('search_path', 'a', false)": false,
    "DO $$ BEGIN END $$": false,
    "INSERT INTO a VALUES (f())": false,
    "ALTER TABLE a ADD COLUMN b int DEFAULT f()": false,
    "PREPARE a AS SELECT 1": false,
    "LOCK TABLE a": false,
  };
  for (const [sql, expected] of Object.entries(cases)) {
    test(`is ${expected} for ${sql}`, async () => {
      const [statement] = await parseStatements(sql);
      assert.equal(leavesSessionAlone(statement!.node), expected);
    });
  }
});
