import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LayoutReading } from "../../../src/definition/layouts/layout.ts";
import type { Files } from "../../support/folder.ts";
import { codesAndPlaces, defectsOf } from "./load_files.ts";

const A = "CREATE TABLE a (id int)";
const B = "CREATE TABLE b (id int)";

/** What its tool does and this program does not, or what the tool would refuse itself. */
const REFUSED: readonly (readonly [what: string, Files, readonly string[], LayoutReading?])[] = [
  ["numbers that many tools have", { "1_a.sql": A }, ["definition/unknown-layout at 1_a.sql"]],
  ["Go", { "1_a.sql": "-- +goose Up\n", "2_b.go": "package m" }, [
    "definition/go-migration at 2_b.go",
  ]],
  ["JavaScript", { "1_a.sql": "-- Up Migration\n", "2_b.js": "" }, [
    "definition/javascript-migration at 2_b.js",
  ]],
  ["Rust", { "V1__a.sql": A, "V2__b.rs": "" }, ["definition/rust-migration at V2__b.rs"]],
  ["Java", { "V1__a.sql": A, "x/V2__B.java": "" }, ["definition/java-migration at x/V2__B.java"]],
  ["what is to be repeated", { "V1__a.sql": A, "R__b.sql": A }, [
    "definition/repeatable at R__b.sql",
  ]],
  ["a template", { "1_a.sql": '{{ template "x" . }}\n---- create above / drop below ----\n' }, [
    "definition/template at 1_a.sql:1:1",
    "definition/syntax at 1_a.sql:1:1",
  ]],
  ["a variable that nobody declares", { "V1__a.sql": "SELECT '${x}';" }, [
    "definition/undeclared-variable at V1__a.sql:1:9",
  ]],
  ["a file without a section", { "1_a.sql": "-- +goose Up\n", "2_b.sql": B }, [
    "definition/missing-up at 2_b.sql",
  ]],
  ["SQL above the sections", { "1_a.sql": `${A};\n-- migrate:up\n` }, [
    "definition/misplaced-sql at 1_a.sql:1:1",
  ]],
  ["two sections", { "1_a.sql": "-- migrate:up\n-- migrate:up\n" }, [
    "definition/duplicate-section at 1_a.sql:2",
  ]],
  ["a journal that is none", { "0000_a.sql": A, "meta/_journal.json": "{" }, [
    "definition/unreadable-metadata at meta/_journal.json",
  ]],
  ["an edited file of Atlas'", { "1_a.sql": A, "atlas.sum": "h1:x=\n1_a.sql h1:y=\n" }, [
    "definition/checksum-mismatch at 1_a.sql",
  ]],
  ["two of one version", {
    "1_a.sql": "-- migrate:up\n",
    "01_b.sql": "-- migrate:up\n",
  }, ["definition/duplicate-version at 1_a.sql"]],
  ["one version in two spellings", { "V1__a.sql": A, "V1.0__b.sql": A }, [
    "definition/duplicate-version at V1__a.sql",
  ]],
  ["another layout than its names allow", { "1_a.sql": A }, [
    "definition/other-layout at 1_a.sql",
  ], { layout: "flyway" }],
];

describe("a layout of another tool refuses", () => {
  for (const [what, files, codes, reading] of REFUSED) {
    it(what, async () => {
      assert.deepEqual(codesAndPlaces(await defectsOf(files, reading)), codes);
    });
  }
});
