import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { psqlArgument, psqlStatement, sqlComment, warn } from "../../../src/script/psql_text.ts";
import { searchPathList } from "../../../src/script/session_lines.ts";

describe("a statement for psql", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["SELECT 1", "SELECT 1;"],
    ["SELECT a[1:n], a[ :n], x::int", "SELECT a[1\\:n], a[ \\:n], x::int;"],
    ["SELECT a[1::int:2::int]", "SELECT a[1::int\\:2::int];"],
    ["SELECT f(a := 1)", "SELECT f(a := 1);"],
    [
      "SELECT ':a', E'\\':a', $$:a;$$, \":a\" /* :a; */",
      "SELECT ':a', E'\\':a', $$:a;$$, \":a\" /* :a; */;",
    ],
    ["CREATE RULE r AS ON INSERT TO t DO (a; b)", "CREATE RULE r AS ON INSERT TO t DO (a\\; b);"],
    [
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END",
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1\\; END\n\\g",
    ],
    ["DROP FUNCTION begin(int)", "DROP FUNCTION begin(int)\n\\g"],
    ["SELECT '\n\\q\n', 'begin'", "SELECT '\n\\q\n', 'begin';"],
  ];
  for (const [sql, expected] of cases) {
    test(JSON.stringify(sql), () => assert.equal(psqlStatement(sql), expected));
  }
});

describe("text for psql's own commands", () => {
  test("is one word without variables", () => {
    assert.equal(psqlArgument("it's :a\n\\q"), "'it''s :a\\n\\\\q'");
  });

  test("ends no comment", () => {
    assert.equal(sqlComment("a\n\\q"), "-- a\\x0A\\q");
  });

  test("is a variable only where it is nothing else", () => {
    assert.deepEqual(warn(":migrator_a", ":migrator_a b"), [
      "\\warn :migrator_a",
      "\\warn ':migrator_a b'",
    ]);
  });
});

describe("a search_path as SHOW prints it", () => {
  const cases: readonly (readonly [string, string])[] = [
    [`"$user", public`, "'$user', 'public'"],
    ["", "''"],
    [`""`, "''"],
    [`App,"A ""b", c`, `'app', 'A "b', 'c'`],
  ];
  for (const [shown, expected] of cases) {
    test(JSON.stringify(shown), () => assert.equal(searchPathList(shown), expected));
  }
});
