import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Script } from "../../../src/definition/migration/definition.ts";
import { A, B, TREES } from "./foreign_trees.ts";
import { codesAndPlaces, defectsOf, loadFiles } from "./load_files.ts";

async function statementsOf(script: Script): Promise<string[]> {
  const text = await script.read();
  return script.statements.map(({ start, end }) => text.slice(start, end));
}

describe("a layout of another tool", () => {
  for (const { layout, files, reading = {}, gives } of TREES) {
    it(`gives ${layout}'s migrations: ${gives.map(({ is }) => is).join(", ")}`, async () => {
      const set = await loadFiles(files, reading);
      assert.equal(set.layout, layout);
      const found = await Promise.all(
        set.definitions.map(async ({ version, name, parents, up, down, origin }, at) => {
          assert.deepEqual(parents, at === 0 ? [] : [set.definitions[at - 1]!.version]);
          const expected = gives[at]!;
          return {
            is: `${version} ${name}`,
            up: await statementsOf(up),
            ...(down === undefined ? {} : { down: await statementsOf(down) }),
            ...(expected.transaction === undefined ? {} : {
              transaction: [up, down].flatMap((script) => script?.transaction ?? []).join(" "),
            }),
            ...(expected.key === undefined ? {} : { key: origin?.key }),
            ...(expected.checksum === undefined ? {} : { checksum: origin?.checksum }),
          };
        }),
      );
      assert.deepEqual(found, gives);
    });
  }

  it("keeps the lines of its files", async () => {
    const defects = await defectsOf({
      "1_a.sql": "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\nSELEC 3;\n",
    });
    assert.deepEqual(codesAndPlaces(defects), ["definition/syntax at 1_a.sql:5:1"]);
  });

  it("says what is not read", async () => {
    const files = { "1_a.up.sql": A, "2_b.sql": B, "0189.up.sql": B, "V0001.Name.up.sql": B };
    const { warnings = [] } = await loadFiles(files);
    for (const name of ["2_b.sql", "0189.up.sql"]) {
      assert.ok(warnings.some((one) => one.includes(`app/${name}`)), `${name}: ${warnings}`);
    }
    assert.match(warnings.join(), /and 1 more are not read/);
    assert.deepEqual((await loadFiles({ "1_a.up.sql": A })).warnings, []);
  });
});
