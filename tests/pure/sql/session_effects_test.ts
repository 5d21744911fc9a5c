import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { persistentSettingChange } from "../../../src/sql/session_effects.ts";
import { parseStatements } from "../../../src/sql/script_statements.ts";

describe("lastingChange", () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    "SET search_path = a": "SET search_path",
    "SET SESSION work_mem = '1MB'": "SET work_mem",
    "SET work_mem FROM CURRENT": "SET work_mem",
    "SET LOCAL search_path = a": undefined,
    "SET TIME ZONE 'UTC'": "SET timezone",
    "SET search_path TO DEFAULT": undefined,
    "RESET ALL": undefined,
    "SET ROLE a": "SET ROLE",
    "SET LOCAL ROLE a": undefined,
    "SET SESSION AUTHORIZATION a": "SET SESSION AUTHORIZATION",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE": undefined,
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY": "SET SESSION CHARACTERISTICS",
    "SELECT set_config('search_path', '', false)": "set_config(…, false)",
    "SELECT pg_catalog.set_config('a.b', 'c', 'f')": "set_config(…, false)",
    "SELECT set_config('a.b', 'c', true)": undefined,
    "INSERT INTO a SELECT b FROM (SELECT set_config('x.y', 'z', false)) AS c(b)":
      "set_config(…, false)",
    "CREATE VIEW a AS SELECT set_config('x.y', 'z', false)": undefined,
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql SET search_path = a AS 'SELECT 1'": undefined,
    "SELECT pg_advisory_lock(1)": "pg_advisory_lock",
    "SELECT pg_try_advisory_lock_shared(1)": "pg_try_advisory_lock_shared",
    "SELECT pg_advisory_xact_lock(1)": undefined,
    "LISTEN a": "LISTEN",
    "UNLISTEN a": undefined,
    "PREPARE a AS SELECT 1": "PREPARE",
    "DECLARE a CURSOR WITH HOLD FOR SELECT 1": "DECLARE CURSOR WITH HOLD",
    "DECLARE a CURSOR FOR SELECT 1": undefined,
    "CREATE TEMPORARY TABLE a ()": undefined,
    "DO $$ BEGIN PERFORM set_config('a.b', 'c', false); END $$": undefined,
  };
  for (const [sql, expected] of Object.entries(cases)) {
    test(`is ${expected} for ${sql}`, async () => {
      const [statement] = await parseStatements(sql);
      assert.equal(persistentSettingChange(statement!.node), expected);
    });
  }
});
