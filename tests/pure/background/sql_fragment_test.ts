import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ident, json, literalOf, statementOf } from "../../../src/background/jobs/sql_fragment.ts";
import type { SqlValue } from "../../../src/background/jobs/sql_fragment.ts";

const sql = (strings: TemplateStringsArray, ...values: readonly SqlValue[]) =>
  statementOf(strings, values);

describe("SQL of a job", () => {
  test("has values as literals", () => {
    const cases: readonly (readonly [SqlValue, string])[] = [
      ["it's", "'it''s'"],
      ["a\\b", "E'a\\\\b'"],
      [-3, "(-3)"],
      [0.1, "0.1"],
      [NaN, "'NaN'::pg_catalog.float8"],
      [-Infinity, "'-Infinity'::pg_catalog.float8"],
      [9223372036854775807n, "9223372036854775807"],
      [true, "true"],
      [null, "NULL"],
      [new Date(0), "'1970-01-01T00:00:00.000Z'::pg_catalog.timestamptz"],
      [new Uint8Array([0, 255]), "'\\x00ff'::pg_catalog.bytea"],
      [[1, 2n, null], "'{1,2,NULL}'"],
      [[], "'{}'"],
      [['a"b', "c\\d", "NULL", "{,}"], `E'{"a\\\\"b","c\\\\\\\\d","NULL","{,}"}'`],
      [[["a"], ["b"]], `'{{"a"},{"b"}}'`],
      [{ a: [1] }, `'{"a":[1]}'::pg_catalog.jsonb`],
      [json([1]), "'[1]'::pg_catalog.jsonb"],
      [ident("public", 'Ro"utes'), '"public"."Ro""utes"'],
    ];
    for (const [value, expected] of cases) assert.equal(literalOf(value), expected);
    assert.equal(sql`SELECT ${"; COMMIT"} /* ; */ -- ;`, "SELECT '; COMMIT' /* ; */ -- ;");
  });

  test("is one statement, with nothing in it that ends the transaction", () => {
    const refused: readonly (readonly [RegExp, () => unknown])[] = [
      [/no statement/, () => sql` -- nothing`],
      [/several/, () => sql`SELECT 1; SELECT 2`],
      [/COMMIT/, () => sql`  commit`],
      [/ROLLBACK/, () => sql`/* x */ ROLLBACK TO a`],
      [/SET/, () => sql`set local lock_timeout = 0`],
      [/COPY/, () => sql`COPY t FROM stdin`],
      [/undefined/, () => literalOf(undefined)],
      [/function/, () => literalOf((() => 1) as unknown as string)],
      [/undefined/, () => literalOf([undefined as unknown as string])],
      [/NUL/, () => literalOf("a\0b")],
      [/invalid Date/, () => literalOf(new Date(NaN))],
      [/holds SQL/, () => literalOf([ident("a")])],
      [/JSON/, () => json(undefined)],
    ];
    for (const [words, attempt] of refused) {
      assert.throws(attempt, (error: Error) => {
        assert.equal(error.name, "JobMisuse");
        assert.match(error.message, words);
        return true;
      });
    }
    assert.equal(sql`SELECT 1;`, "SELECT 1;");
  });
});
