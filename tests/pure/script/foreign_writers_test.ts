import assert from "node:assert/strict";
import { test } from "node:test";
import { writerOf } from "../../../src/script/foreign_writers.ts";

test("the lock of golang-migrate has the number that its own tests expect", () => {
  const place = { database: "database_name", schema: "schema_name_1", name: "schema_name_2" };
  assert.equal(writerOf("golang-migrate")?.lockKey?.(place), 3743845847n);
});

test("a tool whose rows only it can write has no writer", () => {
  for (const name of ["flyway", "prisma", "sqlx", "atlas", "drizzle", "supabase", "refinery"]) {
    assert.equal(writerOf(name), undefined, name);
  }
});
