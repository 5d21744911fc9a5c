import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import type { History, VersionDetails } from "../../../src/history/history.ts";
import { refuseRenumbered } from "../../../src/plan/renumbered.ts";
import { planUp } from "../../../src/plan/up.ts";
import { loadFiles } from "../definition/load_files.ts";

/** A history in which 20 is applied with this checksum. */
function history(checksum: string): History<VersionDetails> {
  const applied: VersionDetails = {
    version: 20n,
    state: "applied",
    direction: "up",
    name: "tens",
    checksum,
    startedAt: "",
    finishedAt: "",
    statementsDone: 1,
    who: "",
    host: "",
    toolVersion: "",
    lastError: undefined,
  };
  return { installed: true, durable: true, versions: new Map([[20n, applied]]) };
}

async function refusalOf(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const { definitions } = await loadFiles(files);
  const graph = buildGraph(definitions, { database: "app" });
  const found = history(definitions.at(-1)!.up.checksum);
  const { steps } = planUp({ database: "app", graph, history: found });
  try {
    refuseRenumbered(steps, { database: "app", graph, history: found });
  } catch (error) {
    if (error instanceof Failure) return `${error.code} ${error.hint}`;
    throw error;
  }
  return undefined;
}

describe("SQL that is applied under a version that is gone", () => {
  it("is not run again under another one", async () => {
    const refusal = await refusalOf({ "25_tens.up.sql": "CREATE TABLE tens ();\n" });
    assert.match(refusal ?? "", /^history\/renumbered .*log add 25 --up/);
  });

  it("is run when the version is still there, or when there is none", async () => {
    const twice = { "20_tens.up.sql": "SELECT 1;\n", "25_again.up.sql": "SELECT 1;\n" };
    assert.equal(await refusalOf(twice), undefined);
    assert.equal(await refusalOf({ "25_tens.up.sql": "-- nothing\n" }), undefined);
  });
});
