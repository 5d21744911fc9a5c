import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RULES } from "../../../src/lint/rules.ts";
import { lintText, MEASURED_RULES, PROJECT_RULES } from "../../support/lint.ts";

describe("every rule", () => {
  for (const { code, bad, good } of RULES) {
    if (PROJECT_RULES.includes(code) || MEASURED_RULES.includes(code)) continue;
    test(`${code} finds its bad example, and not its good one`, async () => {
      const found = async (text: string) =>
        (await lintText(text, { settings: new Map([[code, "error"]]) })).map((one) => one.code);
      assert.ok((await found(bad)).includes(code), `nothing in ${bad}`);
      assert.ok(!(await found(good)).includes(code), `found in ${good}`);
    });
  }

  test("has a code of its own, and texts that end as they should", () => {
    assert.equal(new Set(RULES.map(({ code }) => code)).size, RULES.length);
    for (const { code, title, why, recipe } of RULES) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.doesNotMatch(title, /\.$/, code);
      assert.match(why, /\.$/, code);
      assert.ok(recipe.length > 0, code);
    }
  });
});
