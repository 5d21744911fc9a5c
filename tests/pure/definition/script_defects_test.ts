import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defectsOf } from "../../../src/definition/migration/script_defects.ts";
import { Failure, Failures } from "../../../src/failure.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import { EMPTY_HISTORY, type History } from "../../../src/history/history.ts";
import { planDown } from "../../../src/plan/down.ts";
import { refuseDefects } from "../../../src/plan/plan.ts";
import { planUp } from "../../../src/plan/up.ts";
import type { Files } from "../../support/folder.ts";
import { codesAndPlaces, readFiles } from "./load_files.ts";

/** Legacy files: a way up that psql alone can run, and a way back that is prose. */
const LEGACY: Files = {
  "1_old.up.sql": "\\connect shop\nCREATE TABLE a ();\n",
  "1_old.down.sql": "DROP TABLE a;\n",
  "2_prose.up.sql": "CREATE TABLE b ();\n",
  "2_prose.down.sql": "There is no way back.\n",
  "3_new.up.sql": "CREATE TABLE c ();\n",
  "3_new.down.sql": "DROP TABLE c;\n",
};

/** A history in which these are applied. */
function applied(...versions: readonly bigint[]): History {
  return {
    ...EMPTY_HISTORY,
    versions: new Map(
      versions.map((version) =>
        [version, { version, state: "applied", direction: "up", checksum: "" }] as const
      ),
    ),
  };
}

function refusedBy(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof Failures) return codesAndPlaces(error.failures);
    if (error instanceof Failure) return codesAndPlaces([error]);
    throw error;
  }
  return [];
}

describe("a defect of a script", () => {
  it("is in the way of what would run it, and of nothing else", async () => {
    const { definitions, warnings } = await readFiles(LEGACY);
    const graph = buildGraph(definitions, { database: "app" });
    const up = (history: History) => () =>
      refuseDefects(planUp({ database: "app", graph, history }).steps);
    const down = (count: number) => () =>
      planDown({ database: "app", graph, history: applied(1n, 2n, 3n) }, { kind: "count", count });
    const psql = "definition/psql-command at 1_old.up.sql:1:1";
    const prose = "definition/syntax at 2_prose.down.sql:1:1";
    assert.deepEqual(refusedBy(up(applied())), [psql]);
    assert.deepEqual(refusedBy(up(applied(1n))), []);
    assert.deepEqual(refusedBy(down(1)), []);
    assert.deepEqual(refusedBy(down(2)), [prose]);
    assert.deepEqual(codesAndPlaces(defectsOf(definitions)), [psql, prose]);
    assert.match(warnings?.join() ?? "", /migration 2 can be applied, and not taken back: .*prose/);
  });

  it("is that of a migration that is a program: where it is applied, the others go on", async () => {
    const { definitions, layout } = await readFiles({
      "1_a.sql": "-- +goose Up\nCREATE TABLE a ();\n",
      "2_b.go": "package m\n",
      "3_c.sql": "-- +goose Up\nCREATE TABLE c ();\n",
    });
    const graph = buildGraph(definitions, { database: "app" });
    const up = (history: History) => () =>
      refuseDefects(planUp({ database: "app", graph, history }).steps);
    assert.equal(layout, "goose");
    assert.deepEqual(refusedBy(up(applied(1n))), ["definition/go-migration at 2_b.go"]);
    assert.deepEqual(refusedBy(up(applied(1n, 2n))), []);
  });

  it("in a way back of the directory layout leaves the way up", async () => {
    const { definitions } = await readFiles({
      "1_a/up.sql": "CREATE TABLE a ();\n",
      "1_a/metadata.yaml": "parents: []\n",
    });
    assert.deepEqual(codesAndPlaces(definitions[0]?.defects?.down ?? []), [
      "definition/missing-down at 1_a/down.sql",
    ]);
    assert.equal(definitions[0]?.defects?.up, undefined);
  });
});
