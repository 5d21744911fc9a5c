import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeMigrations } from "../../../src/doctor/checks/migrations.ts";
import { readFiles } from "../definition/load_files.ts";

describe("defects of migration files", () => {
  it("fail where they are pending ways up, and are a warning elsewhere", async () => {
    const { definitions } = await readFiles({
      "1_a.up.sql": "SELEC 1;\n",
      "1_a.down.sql": "nothing\n",
    });
    const levels = (applied: readonly bigint[]) =>
      judgeMigrations({ database: "app", definitions, applied: new Set(applied) })
        .map(({ level }) => level);
    assert.deepEqual(levels([]), ["fail", "warn"]);
    assert.deepEqual(levels([1n]), ["warn", "warn"]);
  });
});
