import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Failure } from "../../src/failure.ts";
import { readMapping } from "../../src/yaml/yaml_mapping.ts";
import { cpuSeconds } from "../support/cpu_seconds.ts";

function defectsOf(text: string): readonly Failure[] {
  const defects: Failure[] = [];
  const report = (defect: Failure) => void defects.push(defect);
  readMapping(text, { path: "m.yaml", report, keys: ["name", "throttle"], example: "name: a" });
  return defects;
}

describe("the keys of a YAML file", () => {
  test("are told apart in a time that grows as their number does", () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join("\n");
    let defects: ReturnType<typeof defectsOf> = [];
    const seconds = cpuSeconds(() => defects = defectsOf(text));
    // Comparing each with each took minutes.
    assert.ok(seconds < 30, `${seconds} s`);
    assert.equal(defects.length, 20);
  });

  test("may not stand twice, wherever the mapping is", () => {
    const places = ["name: a\nname: b", "throttle:\n  a: 1\n  b: {c: 1, c: 2}"].map((text) => {
      const [defect] = defectsOf(text);
      assert.match(defect?.message ?? "", /Map keys must be unique/);
      return [defect?.place?.line, defect?.place?.column];
    });
    assert.deepEqual(places, [[2, 1], [3, 13]]);
  });
});
