import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { defectsOf as definitionDefects } from "../../../src/definition/migration/script_defects.ts";
import { Failure, Failures, throwCollected } from "../../../src/failure.ts";
import { listDirectory } from "../../../src/runtime/files.ts";
import { directoryTree } from "../../../src/source/disk.ts";
import { loadDefinitions } from "../../../src/source/load_definitions.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/definitions/", import.meta.url));

/** Code, place below the fixture, and a word of the hint. */
type Expected = readonly [code: string, place: string, hint: string];

const UP = "2_x/up.sql";
const DOWN = "2_x/down.sql";
const METADATA = "2_x/metadata.yaml";
const STRAY = "definition/stray-transaction-control";

const FIXTURE_DEFECTS: Readonly<Record<string, readonly Expected[]>> = {
  no_root: [
    ["graph/unknown-parent", "2_a/metadata.yaml:2", "Add migration 1"],
    ["graph/no-root", "2_a/metadata.yaml:2", "`parents: []`"],
  ],
  several_roots: [["graph/several-roots", "2_a/metadata.yaml:2", "name the parents of 2, 3"]],
  unknown_parent: [["graph/unknown-parent", `${METADATA}:4`, "Add migration 7"]],
  cycle: [["graph/cycle", "3_b/metadata.yaml:1", "2 from migration 3"]],
  own_parent: [["graph/cycle", `${METADATA}:1`, "2 from migration 2"]],
  duplicate_version: [["definition/duplicate-version", "2_x", "another version"]],

  unreadable_yaml: [["definition/unreadable-metadata", `${METADATA}:3:1`, "Correct the YAML"]],
  duplicate_key: [["definition/unreadable-metadata", `${METADATA}:3:1`, "Correct the YAML"]],
  not_a_mapping: [["definition/unreadable-metadata", `${METADATA}:1:1`, "key: value"]],
  unknown_key: [["definition/unknown-key", `${METADATA}:3:1`, "Did you mean `privileged`?"]],
  unknown_key_far: [["definition/unknown-key", `${METADATA}:2:1`, "known keys are name, parents"]],
  wrong_types: [
    ["definition/wrong-type", `${METADATA}:1:7`, "`name:"],
    ["definition/wrong-type", `${METADATA}:3:13`, "`privileged: true`"],
    ["definition/wrong-type", `${METADATA}:4:16`, "`nonIdempotent: true`"],
    ["definition/wrong-type", `${METADATA}:5:14`, "`transaction: none`"],
    ["definition/wrong-type", `${METADATA}:6:14`, "5min"],
    ["definition/wrong-type", `${METADATA}:7:19`, "5min"],
    ["definition/wrong-type", `${METADATA}:8:14`, "`irreversible:"],
  ],
  parents_not_a_list: [["definition/wrong-type", `${METADATA}:1:10`, "`parents: [1, 2]`"]],
  parent_not_an_integer: [
    ["definition/wrong-type", `${METADATA}:3:5`, "list of versions"],
    ["definition/wrong-type", `${METADATA}:4:5`, "list of versions"],
    ["definition/wrong-type", `${METADATA}:5:5`, "list of versions"],
  ],
  parent_too_large: [
    ["definition/version-too-large", `${METADATA}:1:14`, "up to 9223372036854775807"],
  ],
  metadata_not_utf8: [["definition/invalid-utf8", `${METADATA}:2`, "UTF-8"]],
  not_supported_yet: [
    ["definition/not-supported-yet", `${METADATA}:2:1`, "Remove `requiresRelease`"],
  ],
  irreversible_with_down: [
    ["definition/irreversible-with-down", `${METADATA}:2`, "Remove `irreversible`"],
  ],

  missing_up: [["definition/missing-up", UP, "Create it"]],
  missing_down: [["definition/missing-down", DOWN, "`irreversible: <reason>`"]],
  missing_metadata: [["definition/missing-metadata", METADATA, "parents: ["]],
  version_too_large: [
    ["definition/version-too-large", "9223372036854775808_y", "up to 9223372036854775807"],
  ],
  malformed_name: [["definition/malformed-name", "3x_y", "<version>_<name>"]],
  empty: [["definition/empty", "", "migrator add --db empty"]],
  mixed_layouts: [["definition/mixed-layouts", "2_x.down.sql", "Use one"]],

  invalid_utf8: [["definition/invalid-utf8", `${UP}:2`, "Save it again as UTF-8"]],
  utf16: [["definition/invalid-utf8", `${UP}:1`, "looks like UTF-16"]],
  nul: [["definition/nul", `${UP}:3`, "Remove it"]],
  syntax_error: [["definition/syntax", `${UP}:3:14`, "Correct the SQL"]],
  unterminated_string: [["definition/syntax", `${UP}:2:8`, "Correct the SQL"]],
  psql_variable: [["definition/syntax", `${UP}:2:8`, "psql's variables"]],
  psql_restrict: [["definition/psql-command", `${UP}:2:1`, "\\unrestrict"]],
  psql_connect: [["definition/psql-command", `${UP}:2:1`, "instead of \\connect"]],
  psql_gexec: [["definition/psql-command", `${UP}:1:37`, "EXECUTE"]],
  copy_end: [["definition/psql-command", `${UP}:2:1`, "INSERT"]],
  copy_from_stdin: [["definition/copy-from-stdin", `${UP}:2`, "INSERT"]],
  copy_words_from_stdin: [["definition/copy-from-stdin", `${UP}:1`, "INSERT"]],
  copy_from_stdin_without_data: [["definition/copy-from-stdin", `${UP}:2`, "INSERT"]],
  copy_to_stdout: [["definition/copy-to-stdout", `${UP}:1`, "Remove it"]],

  stray_prepare: [[STRAY, `${UP}:2`, "Remove it"]],
  savepoint_outside: [[STRAY, `${UP}:1`, "another migration"]],
  begin_with_options: [["definition/transaction-options", `${UP}:2`, "Remove READ ONLY"]],
  wrapped_vacuum: [["definition/outside-in-transaction", `${UP}:2`, "Remove BEGIN and COMMIT"]],

  concurrent_index_flag_missing: [
    ["definition/concurrent-index-flag-missing", `${UP}:2`, "Add `createIndexConcurrently: true`"],
  ],
  concurrent_index_flag_wrong: [
    ["definition/concurrent-index-flag-wrong", `${METADATA}:3`, "Remove `createIndexConcurrently"],
  ],
  privileged_flag_missing: [
    ["definition/privileged-flag-missing", `${UP}:1`, "Add `privileged: true`"],
    ["definition/privileged-flag-missing", `${DOWN}:2`, "Add `privileged: true`"],
  ],
  privileged_flag_missing_alter: [
    ["definition/privileged-flag-missing", `${UP}:1`, "Add `privileged: true`"],
    ["definition/privileged-flag-missing", `${DOWN}:1`, "Add `privileged: true`"],
  ],

  flat_duplicate_version: [
    ["definition/duplicate-version", "1_init.down.sql", "another version"],
    ["definition/duplicate-version", "1_init.up.sql", "another version"],
  ],
  flat_missing_up: [[
    "definition/missing-up",
    "2_x.down.sql",
    "or remove flat_missing_up/2_x.down.sql",
  ]],
  flat_missing_down: [["definition/missing-down", "2_x.up.sql", "leave it empty"]],
  flat_malformed_name: [
    ["definition/malformed-name", "2x.down.sql", "<version>_<title>.down.sql"],
    ["definition/malformed-name", "2x.up.sql", "<version>_<title>.up.sql"],
  ],
  flat_version_too_large: [
    ["definition/version-too-large", "99999999999999999999_x.down.sql", "Rename it"],
    ["definition/version-too-large", "99999999999999999999_x.up.sql", "Rename it"],
  ],

  several_defects: [
    ["definition/unknown-key", "1_init/metadata.yaml:1:1", "`name`"],
    ["definition/missing-down", "1_init/down.sql", "Create it"],
    [STRAY, "1_init/up.sql:2", "Remove it"],
    ["definition/syntax", `${UP}:1:1`, "Correct the SQL"],
    ["definition/unreadable-metadata", "3_y/metadata.yaml:1:2", "Correct the YAML"],
    ["graph/unknown-parent", `${METADATA}:1`, "Add migration 5"],
  ],
};

async function defectsOf(fixture: string): Promise<readonly Failure[]> {
  try {
    const set = await loadDefinitions(directoryTree(FIXTURES + fixture), { database: fixture });
    throwCollected(definitionDefects(set.definitions));
  } catch (error) {
    if (error instanceof Failures) return error.failures;
    if (error instanceof Failure) return [error];
    throw error;
  }
  return [];
}

function placeOf({ place }: Failure, fixture: string): string {
  const parts = [place!.file, place!.line, place!.column].filter((part) => part !== undefined);
  return parts.join(":").replace(new RegExp(`^${fixture}/?`), "");
}

describe("a malformed set of migrations", () => {
  for (const [fixture, expected] of Object.entries(FIXTURE_DEFECTS)) {
    it(`is refused for ${fixture} with every defect, its place and its repair`, async () => {
      const defects = await defectsOf(fixture);
      assert.deepEqual(
        defects.map((defect) => [defect.code, placeOf(defect, fixture)]),
        expected.map(([code, place]) => [code, place]),
      );
      for (const [index, [, , hint]] of expected.entries()) {
        assert.ok(defects[index]!.hint!.includes(hint), `${defects[index]!.hint} lacks ${hint}`);
        assert.equal(defects[index]!.exit, 4);
      }
    });
  }

  it("has a fixture for each line of the table, and a line for each fixture", async () => {
    const fixtures = (await listDirectory(FIXTURES))!.map(({ name }) => name);
    assert.deepEqual(
      fixtures.filter((name) => !name.startsWith("valid_")),
      Object.keys(FIXTURE_DEFECTS).sort(),
    );
  });

  it("has its cycle printed from the smallest version on", async () => {
    const [defect] = await defectsOf("cycle");
    assert.ok(defect!.message.includes("2 -> 3 -> 2"), defect!.message);
    assert.deepEqual(defect!.facts, { cycle: ["2", "3", "2"] });
  });

  it("has both paths named where they claim one version", async () => {
    const [defect] = await defectsOf("duplicate_version");
    assert.match(defect!.message, /duplicate_version\/02_y and duplicate_version\/2_x/);
  });

  it("does not have the rest of a file repeated behind an open quote", async () => {
    const [defect] = await defectsOf("unterminated_string");
    assert.ok(!defect!.message.includes("\n"), defect!.message);
  });
});
