import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reloadedText } from "../../../src/schema/reloaded_text.ts";

describe("a printed expression, as it is after a reload", () => {
  const cases: readonly (readonly [printed: string, reloaded: string])[] = [
    ["CHECK ((((a >= 1) AND (a <= 2)) AND b))", "CHECK (((a >= 1) AND (a <= 2) AND b))"],
    ["((((a OR b) OR c) OR d))", "((a OR b OR c OR d))"],
    ["(((a AND b) OR c))", "(((a AND b) OR c))"],
    ["((c AND (a AND b)))", "((c AND (a AND b)))"],
    ["((SELECT 1 WHERE a AND b) AND c)", "((SELECT 1 WHERE a AND b) AND c)"],
    [
      "((s)::text = ANY ((ARRAY['a'::character varying, 'it''s, b'::character varying])::text[]))",
      "((s)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s, b'::character varying)::text]))",
    ],
    ['((ARRAY[x])::"Odd"."T x"[])', '(ARRAY[(x)::"Odd"."T x"])'],
    ["((ARRAY[x])::numeric(10,2)[])", "(ARRAY[(x)::numeric(10,2)])"],
    ["((ARRAY[x])::text)", "((ARRAY[x])::text)"],
    ["'((a AND b) AND c)'::text AND x", "'((a AND b) AND c)'::text AND x"],
    ["f(((a AND b) AND c), (ARRAY[1])::int[])", "f((a AND b AND c), ARRAY[(1)::int])"],
  ];
  for (const [printed, reloaded] of cases) {
    test(printed, () => {
      assert.equal(reloadedText(printed), reloaded);
      assert.equal(reloadedText(reloaded), reloaded);
    });
  }
});
