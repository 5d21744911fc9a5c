import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { failedStatement, joinStatements } from "../../../src/sql/joined_statements.ts";

const error = (more: { message?: string; sqlstate?: string; position?: number } = {}) => ({
  sqlstate: "22012",
  message: "division by zero",
  ...more,
});

describe("joined statements", () => {
  test("fill messages up to their length, in order, and a long one has its own", () => {
    const messages = [...joinStatements(["aaaa", "bb", "c", "d".repeat(20), "e"], { length: 12 })];
    assert.deepEqual(messages, [
      { sql: "aaaa;\nbb;\nc", first: 0, starts: [0, 6, 10] },
      { sql: "d".repeat(20), first: 3, starts: [0] },
      { sql: "e", first: 4, starts: [0] },
    ]);
    assert.deepEqual([...joinStatements([])], []);
  });

  const [, message] = joinStatements(["x".repeat(50), "SELECT '🛒'", "SELECT '🛒', nothing", "ł"], {
    length: 60,
  });

  test("that failed are known by the position of the error", () => {
    assert.deepEqual(failedStatement(message!, { completed: 0, error: error({ position: 25 }) }), {
      index: 2,
      error: error({ position: 13 }),
    });
  });

  test("that failed without a position are known by those before them", () => {
    const failed = failedStatement(message!, { completed: 1, error: error() });
    assert.deepEqual(failed, { index: 2, error: error() });
  });

  test("are known by a character that the server could not convert", () => {
    const foreign = error({
      sqlstate: "22P05",
      message: 'character with byte sequence 0xc5 0x82 in encoding "UTF8" has no equivalent in …',
    });
    assert.equal(failedStatement(message!, { completed: 0, error: foreign }).index, 3);
  });
});
