import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StateName, VersionDetails } from "../../../src/history/history.ts";
import { databaseStatus } from "../../../src/plan/database_status.ts";
import { situation } from "./plan_input.ts";

const CHAIN = { 1: [], 2: [1], 3: [2] };

function status(
  states: Readonly<Record<number, StateName>>,
  checksums: Record<number, string> = {},
) {
  const { graph, history } = situation(CHAIN, states);
  const versions = [...history.versions].map(([version, state]): [bigint, VersionDetails] => [
    version,
    {
      ...state,
      name: `m${version}`,
      checksum: checksums[Number(version)] ?? `up ${version}`,
      startedAt: "2024-01-01T00:00:00Z",
      finishedAt: undefined,
      statementsDone: 0,
      who: "ada",
      host: "here",
      toolVersion: "1",
      lastError: undefined,
    },
  ]);
  return databaseStatus(graph, { ...history, versions: new Map(versions) });
}

describe("a database's status", () => {
  const cases: readonly {
    readonly states: Readonly<Record<number, StateName>>;
    readonly standings: string;
    readonly upToDate: boolean;
  }[] = [
    { states: {}, standings: "1 pending, 2 pending, 3 pending", upToDate: false },
    {
      states: { 1: "applied", 2: "failed", 3: "reverted" },
      standings: "1 applied, 2 failed, 3 pending",
      upToDate: false,
    },
    {
      states: { 1: "applied", 2: "dirty", 3: "running" },
      standings: "1 applied, 2 dirty, 3 running",
      upToDate: false,
    },
    {
      states: { 1: "applied", 2: "applied", 3: "applied", 9: "applied", 8: "applied" },
      standings: "1 applied, 2 applied, 3 applied, 8 newer, 9 newer",
      upToDate: true,
    },
    {
      states: { 1: "applied", 2: "applied", 3: "applied", 7: "reverted", 8: "failed", 9: "dirty" },
      standings: "1 applied, 2 applied, 3 applied, 9 dirty",
      upToDate: false,
    },
  ];
  for (const { states, standings, upToDate } of cases) {
    test(`says ${standings}`, () => {
      const found = status(states);
      const lines = found.migrations.map(({ version, standing: state }) => `${version} ${state}`);
      assert.equal(lines.join(", "), standings);
      assert.equal(found.upToDate, upToDate);
    });
  }

  test("counts what was edited since it was applied, and only that", () => {
    const states = { 1: "applied", 2: "applied", 3: "failed" } as const;
    const { counts, upToDate, migrations } = status(states, { 2: "other", 3: "other" });
    assert.equal(counts.edited, 1);
    assert.deepEqual(migrations.map(({ edited }) => edited), [false, true, false]);
    assert.equal(upToDate, false);
  });
});
