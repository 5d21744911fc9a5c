import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDuration } from "../../../src/format/duration.ts";
import { readMetadata } from "../../../src/definition/migration/metadata.ts";
import { suggest } from "../../../src/suggest.ts";
import { versionOf } from "../../../src/definition/migration/version.ts";
import { Failure } from "../../../src/failure.ts";

describe("parseDuration", () => {
  const cases: readonly [string, number | undefined][] = [
    ["2s", 2000],
    ["500ms", 500],
    ["5min", 300_000],
    ["1.5 h", 5_400_000],
    ["1d", 86_400_000],
    ["1500us", 2],
    ["250", 250],
    ["0", 0],
    ["-1", undefined],
    ["2S", undefined],
    ["5 minutes", undefined],
    ["2s 500ms", undefined],
    ["", undefined],
    ["2147483647", 2147483647],
    ["2147483648", undefined],
    ["25d", undefined],
  ];
  for (const [text, milliseconds] of cases) {
    it(`reads ${JSON.stringify(text)} as ${milliseconds}`, () => {
      assert.equal(parseDuration(text), milliseconds);
    });
  }
});

describe("suggest", () => {
  it("finds a slip, a wrong case and nothing at all", () => {
    const keys = ["privileged", "parents", "name"];
    assert.equal(suggest("priviledged", keys), "privileged");
    assert.equal(suggest("Parents", keys), "parents");
    assert.equal(suggest("nmae", keys), "name");
    assert.equal(suggest("team", keys), undefined);
    assert.equal(suggest("author", keys), undefined);
  });
});

describe("versionOf", () => {
  it("is exact up to PostgreSQL's bigint and undefined beyond", () => {
    assert.equal(versionOf("0009007199254740993"), 9007199254740993n);
    assert.equal(versionOf("9223372036854775807"), 9223372036854775807n);
    assert.equal(versionOf("9223372036854775808"), undefined);
  });
});

describe("readMetadata", () => {
  const read = (text: string) => {
    const defects: Failure[] = [];
    const file = readMetadata(text, {
      path: "metadata.yaml",
      report: (defect) => defects.push(defect),
    });
    return { file, defects };
  };

  it("keeps parents exact beyond what a double can hold", () => {
    const { file, defects } = read(
      "parents: [9007199254740993, 9223372036854775807, 1]\nparent: 2",
    );
    assert.deepEqual(defects, []);
    assert.deepEqual(file!.parents, [1n, 2n, 9007199254740993n, 9223372036854775807n]);
  });

  it("takes names as they are written", () => {
    assert.equal(read('name: "a: b # c"').file!.name, "a: b # c");
    assert.equal(read("name: 1.10").file!.name, "1.10");
    assert.equal(read("name: true").file!.name, "true");
    assert.equal(read("name: ''").file!.name, "");
  });

  it("reads times with and without units", () => {
    const { file } = read("lockTimeout: 2s\nstatementTimeout: 1500\n");
    assert.equal(file!.metadata.lockTimeout, 2000);
    assert.equal(file!.metadata.statementTimeout, 1500);
  });

  it("takes an empty file for one without parents", () => {
    const { file, defects } = read("# nothing\n");
    assert.deepEqual(defects, []);
    assert.deepEqual(file!.parents, []);
  });

  for (const text of ["a: 1\n---\nb: 2\n", "name: &a [*a]\n", "? [x]\n: 1\n", "name: *missing\n"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const { defects } = read(text);
      assert.ok(defects.length > 0);
      for (const { place } of defects) assert.ok(place!.line! > 0);
    });
  }
});
