import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ForeignHistory } from "../../../src/adoption/foreign_tool.ts";
import { matchHistory } from "../../../src/adoption/match_history.ts";
import { FOREIGN_TOOLS } from "../../../src/adoption/tools.ts";
import type { Row } from "../../../src/connection/session/session.ts";
import type { Definition, Origin } from "../../../src/definition/migration/definition.ts";

/** A migration as far as its history matters. */
function migration(version: number, origin?: Origin): Definition {
  const script = {
    path: `${version}.sql`,
    checksum: "",
    rawChecksum: "",
    transaction: "single" as const,
    statements: [],
    read: () => Promise.resolve(""),
  };
  return {
    version: BigInt(version),
    name: "",
    parents: [],
    metadata: { privileged: false, nonIdempotent: false },
    up: script,
    down: undefined,
    origin,
  };
}

const THREE = [migration(1), migration(2), migration(10)];

/** The versions in each part of a match. */
function shapeOf(definitions: readonly Definition[], history: ForeignHistory) {
  const match = matchHistory(definitions, history);
  const versions = (list: readonly { readonly version: bigint }[]) =>
    list.map((one) => one.version);
  return {
    applied: versions(match.applied.map(({ definition }) => definition)),
    edited: versions(match.applied.filter((one) => one.isEdited).map((one) => one.definition)),
    unsettled: versions(match.unsettled.map(({ definition }) => definition)),
    missing: match.missing.map(({ key }) => key),
    skipped: versions(match.skipped),
    pending: versions(match.pending),
  };
}

const NOTHING = { applied: [], edited: [], unsettled: [], missing: [], skipped: [], pending: [] };

describe("a foreign history", () => {
  it("that has a row for each migration names those that are applied", () => {
    assert.deepEqual(
      shapeOf(THREE, {
        records: "each",
        entries: [{ key: "001", state: "applied" }, { key: "10", state: "applied" }, {
          key: "11",
          state: "applied",
        }],
      }),
      { ...NOTHING, applied: [1n, 10n], missing: ["11"], skipped: [2n], pending: [2n] },
    );
  });

  it("that has the newest version stands for those before it", () => {
    const history = { records: "newest", entries: [{ key: "2", state: "applied" }] } as const;
    assert.deepEqual(shapeOf(THREE, history), { ...NOTHING, applied: [1n, 2n], pending: [10n] });
    const gone = { records: "newest", entries: [{ key: "5", state: "applied" }] } as const;
    assert.deepEqual(shapeOf(THREE, gone), {
      ...NOTHING,
      applied: [1n, 2n],
      missing: ["5"],
      pending: [10n],
    });
    const dirty = { records: "newest", entries: [{ key: "2", state: "failed" }] } as const;
    assert.deepEqual(shapeOf(THREE, dirty), {
      ...NOTHING,
      applied: [1n],
      unsettled: [2n],
      pending: [10n],
    });
  });

  it("is matched by the whole name, by checksum, and by the parts of a version", () => {
    const definitions = [
      migration(1, { key: "1_a", checksum: "x" }),
      migration(2, { key: "renamed", checksum: "y" }),
      migration(3, { key: "1.10", checksum: "z" }),
      migration(4, { key: "2" }),
    ];
    assert.deepEqual(
      shapeOf(definitions, {
        records: "each",
        baseline: "1.9",
        entries: [
          { key: "1_a", state: "applied", checksum: "other" },
          { key: "old name", state: "applied", checksum: "y" },
          { key: "2.0", state: "unfinished" },
        ],
      }),
      { ...NOTHING, applied: [1n, 2n], edited: [1n], unsettled: [4n], pending: [3n] },
    );
  });
});

/** Rows as the server gives them, and the entries that they stand for: `key state`. */
const READINGS: readonly (readonly [string, readonly Row[], readonly string[]])[] = [
  ["golang-migrate", [{ version: "3", dirty: "t" }], ["3 failed"]],
  ["golang-migrate", [{ version: "-1", dirty: "f" }], []],
  ["tern", [{ version: "0" }], []],
  ["bun", [{ name: "20200101000000_init", migrated_at: "x" }], ["20200101000000 applied"]],
  [
    "flyway",
    [
      { version: "1", type: "BASELINE", success: "t" },
      { version: "2", type: "SQL", script: "V2", success: "t", checksum: "5" },
      { version: "2", type: "UNDO_SQL", success: "t" },
      { version: "3", type: "SQL", script: "V3", success: "f" },
      { version: null, description: "views", type: "SQL", success: "t" },
    ],
    ["3 failed", "R__views applied", "baseline 1"],
  ],
  [
    "prisma",
    [
      {
        migration_name: "a",
        finished_at: null,
        rolled_back_at: "x",
        started_at: "x",
        checksum: "",
      },
      {
        migration_name: "a",
        finished_at: "y",
        rolled_back_at: null,
        started_at: "x",
        checksum: "",
      },
      {
        migration_name: "b",
        finished_at: null,
        rolled_back_at: null,
        started_at: "x",
        checksum: "",
      },
    ],
    ["a applied", "b unfinished"],
  ],
  [
    "atlas",
    [
      { version: "1", type: "1", applied: "0", total: "0", hash: "", error: "", executed_at: "x" },
      {
        version: "2",
        type: "2",
        applied: "1",
        total: "3",
        hash: "h",
        error: "no",
        executed_at: "x",
      },
    ],
    ["1 applied", "2 failed", "baseline 1"],
  ],
  ["sqlx", [{ version: "1", success: "f", checksum: "c", installed_on: "x" }], ["1 failed"]],
  [
    "sourcegraph",
    [
      { version: "1", up: "t", success: "t", finished_at: "x", started_at: "x" },
      { version: "2", up: "f", success: "t", finished_at: "x", started_at: "x" },
      { version: "3", up: "t", success: null, finished_at: null, started_at: "x" },
    ],
    ["1 applied", "3 unfinished"],
  ],
];

describe("the rows of", () => {
  for (const [name, rows, entries] of READINGS) {
    it(`${name} say: ${entries.join(", ") || "nothing"}`, () => {
      const tool = FOREIGN_TOOLS.find((one) => one.name === name)!;
      const history = tool.read(rows);
      assert.deepEqual([
        ...history.entries.map(({ key, state }) => `${key} ${state}`),
        ...(history.baseline === undefined ? [] : [`baseline ${history.baseline}`]),
      ], entries);
    });
  }
});
