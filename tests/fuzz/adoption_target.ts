/**
 * The rows of other tools' histories, which anybody may have edited.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { historyOf } from "../../src/adoption/foreign_tool.ts";
import { matchHistory } from "../../src/adoption/match_history.ts";
import { FOREIGN_TOOLS } from "../../src/adoption/tools.ts";
import { loadDefinitions } from "../../src/source/load_definitions.ts";
import { failsWell, type Target, target } from "./target.ts";

interface Input {
  /** Its place in the list of tools. */
  readonly tool: number;
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

/** Every column that some tool's query names. */
const COLUMNS = [
  ..."applied_at applied_on checksum created_at date description dirty executed_at filename".split(
    " ",
  ),
  ..."finished_at hash id installed_on key migrated_at migration_name name rolled_back_at".split(
    " ",
  ),
  ..."run_on started_at success tstamp type up version version_id logs script installed_rank".split(
    " ",
  ),
];

const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("1", "2", "3", "t", "f", "true", "0", "-1", "1.1") },
  { weight: 2, arbitrary: fc.constantFrom(null, "", "9223372036854775808", "a", "1_a.sql", "SQL") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);
const row = fc.record(Object.fromEntries(COLUMNS.map((column) => [column, value])));

const FILES: Readonly<Record<string, string>> = {
  "1_a.up.sql": "SELECT 1;",
  "2_b.up.sql": "SELECT 2;",
  "3_c.up.sql": "SELECT 3;",
};

let definitions: ReturnType<typeof load> | undefined;

async function load() {
  const { definitions } = await loadDefinitions({
    list: (path) =>
      Promise.resolve(
        path === "" ? Object.keys(FILES).map((name) => ({ name, isDirectory: false })) : undefined,
      ),
    read: (path) =>
      Promise.resolve(
        FILES[path] === undefined ? undefined : new TextEncoder().encode(FILES[path]),
      ),
  }, { database: "app" });
  assert.equal(definitions.length, 3);
  return definitions;
}

export const ADOPTION_TARGET: Target = target<Input>({
  name: "foreign-history",
  inputs: fc.record({
    tool: fc.nat(FOREIGN_TOOLS.length - 1),
    rows: fc.array(row, { maxLength: 5 }),
  }),
  runs: 300,
  limit: 2_000,
  read: async (input) => {
    const list = await (definitions ??= load());
    await failsWell(() => {
      const history = historyOf(FOREIGN_TOOLS[input.tool]!, input.rows);
      for (const { key } of history.entries) assert.equal(typeof key, "string");
      const { applied, unsettled, pending } = matchHistory(list, history);
      const found = [
        ...applied.map(({ definition }) => definition),
        ...unsettled.map(({ definition }) => definition),
        ...pending,
      ];
      assert.equal(new Set(found).size, list.length, "a migration is nowhere, or in two places");
      assert.equal(found.length, list.length);
    });
  },
});
