import assert from "node:assert/strict";
import { test } from "node:test";
import { clause } from "../../../src/format/clause.ts";

test("a message stands before our full stop without its own", () => {
  assert.equal(clause("Maximum call stack size exceeded."), "Maximum call stack size exceeded");
  assert.equal(clause("no such file"), "no such file");
  assert.equal(clause("and so on..."), "and so on...");
  assert.equal(clause("1.5"), "1.5");
});
