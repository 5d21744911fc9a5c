import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { creationOf } from "../../../src/sql/creation.ts";
import { parseStatements } from "../../../src/sql/script_statements.ts";

/** What each statement creates: the schema it says, `?` where search_path decides. */
const STATEMENTS: readonly (readonly [string, string | undefined])[] = [
  ["CREATE TABLE t ()", "?"],
  ["CREATE TABLE a.t ()", "a"],
  ["CREATE TEMP TABLE t ()", undefined],
  ["CREATE TABLE pg_temp.t ()", undefined],
  ["CREATE TABLE a.t AS SELECT 1", "a"],
  ["SELECT 1 AS one INTO a.t", "a"],
  ["SELECT 1", undefined],
  ["CREATE VIEW a.v AS SELECT 1", "a"],
  ["CREATE MATERIALIZED VIEW a.v AS SELECT 1", "a"],
  ["CREATE SEQUENCE s", "?"],
  ["CREATE TYPE a.e AS ENUM ('x')", "a"],
  ["CREATE TYPE c AS (x int)", "?"],
  ["CREATE TYPE a.r AS RANGE (subtype = int)", "a"],
  ["CREATE DOMAIN a.d AS text", "a"],
  ["CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "a"],
  ["CREATE AGGREGATE sum2(int) (sfunc = int4pl, stype = int)", "?"],
  ["CREATE INDEX ON t (x)", undefined],
  ["ALTER TABLE t ADD x int", undefined],
  ["CREATE SCHEMA a", "schema a"],
  ["CREATE SCHEMA AUTHORIZATION bob", "schema bob"],
  ["CREATE EXTENSION x", "extension x"],
  ["CREATE EXTENSION IF NOT EXISTS x SCHEMA a CASCADE", "extension x if cascade"],
];

describe("what a statement creates", () => {
  for (const [sql, expected] of STATEMENTS) {
    test(sql, async () => {
      const [statement] = await parseStatements(sql);
      const creation = creationOf(statement!.node);
      const words = creation?.kind === "extension"
        ? ["extension", creation.name, creation.ifNotExists && "if", creation.cascade && "cascade"]
        : creation?.kind === "schema"
        ? ["schema", creation.name]
        : [creation && (creation.schema ?? "?")];
      assert.equal(words.filter(Boolean).join(" ") || undefined, expected);
    });
  }
});
