import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codesAndPlaces, defectsOf, loadFiles } from "./load_files.ts";

describe("directories without metadata", () => {
  it("are a line in the order of their versions, dashes or not", async () => {
    const { layout, definitions } = await loadFiles({
      "2017-10-06-234455_b/up.sql": "",
      "2017-10-06-234455_b/down.sql": "",
      "00000000000000_diesel_initial_setup/up.sql": "",
      "00000000000000_diesel_initial_setup/down.sql": "",
      "20171006234456/up.sql": "",
      "20171006234456/down.sql": "",
      "README.md": "",
      "notes/up.sql": "",
    });
    assert.equal(layout, "plain-directory");
    assert.deepEqual(definitions.map(({ version, name, parents }) => [version, name, parents]), [
      [0n, "diesel_initial_setup", []],
      [20171006234455n, "b", [0n]],
      [20171006234456n, "", [20171006234455n]],
    ]);
    assert.equal(definitions[1]!.up.path, "app/2017-10-06-234455_b/up.sql");
  });

  it("may ask for no transaction as diesel has it", async () => {
    const { definitions } = await loadFiles({
      "1_a/up.sql": "SELECT 1",
      "1_a/metadata.toml": "# why\nrun_in_transaction = false\n",
      "2_b/up.sql": "SELECT 1",
      "2_b/metadata.toml": "run_in_transaction = true",
    });
    assert.deepEqual(definitions.map(({ up }) => up.transaction), ["none", "single"]);
  });

  it("are not that when one of them has metadata", async () => {
    const defects = await defectsOf({
      "1_a/up.sql": "",
      "1_a/down.sql": "",
      "2_b/up.sql": "",
      "2_b/down.sql": "",
      "2_b/metadata.yaml": "parents: []",
    });
    assert.deepEqual(codesAndPlaces(defects), [
      "definition/missing-metadata at 1_a/metadata.yaml",
    ]);
  });

  it("are refused with everything that is wrong with them", async () => {
    const defects = await defectsOf({
      "1_a/up.sql": "",
      "1_a/down.sql": "",
      "2_b/up.sql": "",
      "3_c/down.sql": "",
      "4_d/up.sql": "",
      "4_d/down.sql": "",
      "4_d/metadata.toml": "run_in_transaction = false\nretries = 3",
      "5x/up.sql": "",
      "2017-01-01-000000_e/up.sql": "",
      "2017-01-01-000000_e/down.sql": "",
      "20170101000000_f/up.sql": "",
      "20170101000000_f/down.sql": "",
    });
    assert.deepEqual(codesAndPlaces(defects), [
      "definition/duplicate-version at 20170101000000_f",
      "definition/unknown-key at 4_d/metadata.toml:2",
      "definition/malformed-name at 5x",
      "definition/missing-down at 2_b",
      "definition/missing-up at 3_c",
    ]);
  });
});
