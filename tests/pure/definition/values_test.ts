import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readMetadata } from "../../../src/definition/migration/metadata.ts";
import { suggest } from "../../../src/suggest.ts";
import { versionOf } from "../../../src/definition/migration/version.ts";
import { Failure } from "../../../src/failure.ts";

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

  it("reads times as options are read, and a number alone as it always was: shipped files stay", () => {
    const { file } = read("lockTimeout: 1min30s\nstatementTimeout: 1500\n");
    assert.equal(file!.metadata.lockTimeout, 90_000);
    assert.equal(file!.metadata.statementTimeout, 1500);
    assert.equal(read("statementTimeout: none").file!.metadata.statementTimeout, 0);
  });

  for (const text of ['name: "a\\0b"', 'irreversible: "\\0"']) {
    it(`refuses a NUL in ${JSON.stringify(text)}`, () => {
      const { defects } = read(text);
      assert.equal(defects[0]!.code, "definition/wrong-type");
      assert.match(defects[0]!.hint!, /NUL/);
    });
  }

  it("refuses a time that would be rounded to none", () => {
    const { defects } = read("statementTimeout: 0.0000001s");
    assert.equal(defects[0]!.hint, "The shortest time is 1ms.");
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
