import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findMigration } from "../../../src/background/control/find_migration.ts";
import type { ProgressSnapshot } from "../../../src/background/status/progress_snapshot.ts";
import { Failure } from "../../../src/failure.ts";
import { standing } from "../../support/progress_snapshot.ts";

const one = (database: string, given: Partial<ProgressSnapshot>) => ({
  database,
  snapshot: standing(given),
});

const CANDIDATES = [
  one("frontend", { id: "1", name: "routes", generation: 1, status: "deleted" }),
  one("frontend", { id: "2", name: "routes", generation: 2, status: "finished" }),
  one("frontend", { id: "9", name: "routes", generation: 3, status: "paused" }),
  one("frontend", { id: "3", name: "tenants", arguments: { tenant: 7, kind: "a" } }),
  one("frontend", { id: "4", name: "tenants", arguments: { tenant: 8 } }),
  one("codeintel", { id: "4", name: "both" }),
  one("insights", { id: "5", name: "both" }),
  one("insights", { id: "6", name: "gone", generation: 1, status: "deleted" }),
  one("insights", { id: "7", name: "gone", generation: 2, status: "deleted" }),
];

function meant(word: string, given?: ProgressSnapshot["arguments"]) {
  const typed = { word, arguments: given, command: "background show" };
  return findMigration(typed, { candidates: CANDIDATES, declared: ["never_queued"] });
}

function refusal(word: string, given?: ProgressSnapshot["arguments"]): Failure {
  try {
    meant(word, given);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${word} was found`);
}

describe("a batched migration is meant", () => {
  const cases: readonly (readonly [string, ProgressSnapshot["arguments"] | undefined, string])[] = [
    ["routes", undefined, "9"],
    ["2", undefined, "2"],
    ["1", undefined, "1"],
    ["tenants", { kind: "a", tenant: 7 }, "3"],
    ["gone", undefined, "7"],
  ];
  for (const [word, given, id] of cases) {
    test(`${id} by ${word} ${given ? JSON.stringify(given) : ""}`, () => {
      assert.equal(meant(word, given).snapshot.id, id);
    });
  }

  test("by nothing that means several, which are listed with what tells them apart", () => {
    const byArguments = refusal("tenants");
    assert.equal(byArguments.code, "usage/ambiguous");
    assert.match(byArguments.message, /3 +frontend +active +\{"kind":"a","tenant":7\}/);
    assert.equal(
      byArguments.hint,
      "Say which by its id: migrator background show 3 --db frontend",
    );
    assert.equal(refusal("both").code, "usage/ambiguous");
    // An id of another server's.
    assert.match(refusal("4").message, /codeintel/);
  });

  test("by no misspelt name, and what may have been meant is said", () => {
    const hints = [
      ["ruotes", undefined, "migrator background show routes"],
      ["never_queued", undefined, /background queue never_queued/],
      ["tenants", { tenant: 9 }, /"tenant":7.*"tenant":8/],
      ["77", undefined, "See those that were: migrator background list --all"],
    ] as const;
    for (const [word, given, hint] of hints) {
      const failure = refusal(word, given);
      assert.equal(failure.code, "background/unknown");
      if (typeof hint === "string") assert.equal(failure.hint, hint);
      else assert.match(failure.hint ?? "", hint);
    }
  });
});
