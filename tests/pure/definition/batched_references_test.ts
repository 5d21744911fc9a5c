import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Definition } from "../../../src/definition/migration/definition.ts";
import type { Files } from "../../support/folder.ts";
import { codesAndPlaces, defectsOf, loadFiles } from "./load_files.ts";

const DECLARED: Files = {
  "background/copy_ids.yaml":
    "table: t\narguments: { from: 1, to: 2 }\nsql: UPDATE t SET a = 1 WHERE batch()",
  "background/drop_rows.yaml": "table: t\nsql: DELETE FROM t WHERE batch()",
};

/** Migrations 1, 2, … in a line, by what their metadata says. */
function directories(...lines: readonly string[]): Files {
  const files = lines.map((line, index) => ({
    [`${index + 1}_m/up.sql`]: "SELECT 1",
    [`${index + 1}_m/down.sql`]: "SELECT 1",
    [`${index + 1}_m/metadata.yaml`]: `parents: [${index || ""}]\n${line}\n`,
  }));
  return Object.assign({}, DECLARED, ...files);
}

function flat(...lines: readonly string[]): Files {
  const files = lines.map((line, index) => ({
    [`${index + 1}_m.up.sql`]: `-- migrator: ${line}\nSELECT 1;`,
    [`${index + 1}_m.down.sql`]: "SELECT 1;",
  }));
  return Object.assign({}, DECLARED, ...files);
}

const said = ({ metadata: { queues, finalizes, deletes } }: Definition) => ({
  ...(queues ? { queues } : {}),
  ...(finalizes ? { finalizes } : {}),
  ...(deletes ? { deletes } : {}),
});

const QUEUE = "queues: [copy_ids, { name: copy_ids, arguments: { to: 3 } }]";

describe("what migrations say of batched ones", () => {
  it("is the same in metadata and in headers", async () => {
    const lines = [
      QUEUE,
      "finalizes: copy_ids",
      "deletes: [{ name: copy_ids, arguments: { to: 3 } }]",
    ];
    const expected = [
      { queues: [{ name: "copy_ids" }, { name: "copy_ids", arguments: { to: 3 } }] },
      { finalizes: [{ name: "copy_ids" }] },
      { deletes: [{ name: "copy_ids", arguments: { to: 3 } }] },
    ];
    for (const files of [directories(...lines), flat(...lines)]) {
      assert.deepEqual((await loadFiles(files)).definitions.map(said), expected);
    }
    const two = await loadFiles(flat("queues: copy_ids, drop_rows"));
    assert.deepEqual(said(two.definitions[0]!).queues, [{ name: "copy_ids" }, {
      name: "drop_rows",
    }]);
  });

  const defects: readonly (readonly [string, Files, string, RegExp])[] = [
    [
      "a name that nobody declares",
      directories("queues: [copy_id]"),
      "unknown-batched-migration at 1_m/metadata.yaml:2:10",
      /Did you mean copy_ids/,
    ],
    [
      "a name far from all",
      flat("queues: other"),
      "unknown-batched-migration at 1_m.up.sql:1:14",
      /background\/other.yaml/,
    ],
    [
      "an argument that is not declared",
      directories("queues: { name: copy_ids, arguments: { form: 1 } }"),
      "unknown-argument at 1_m/metadata.yaml:2:9",
      /Did you mean from/,
    ],
    [
      "what is no name",
      directories("queues: [1]"),
      "wrong-type at 1_m/metadata.yaml:2:10",
      /copy_ids/,
    ],
    [
      "a key of a reference that there is not",
      directories("queues: [{ name: copy_ids, args: {} }]"),
      "wrong-type at 1_m/metadata.yaml:2:10",
      /arguments/,
    ],
    [
      "one to finish that none queues",
      directories("name: x", "finalizes: [copy_ids]"),
      "never-queued at 2_m/metadata.yaml:2:13",
      /queues: \[copy_ids\]/,
    ],
    [
      "one to finish that an earlier one deletes",
      directories("queues: [copy_ids]", "deletes: [copy_ids]", "finalizes: [copy_ids]"),
      "batched-deleted at 3_m/metadata.yaml:2:13",
      /queue it again in between/,
    ],
    [
      "one to finish that is queued with other arguments",
      directories("queues: [{ name: copy_ids, arguments: { to: 3 } }]", "finalizes: [copy_ids]"),
      "never-queued at 2_m/metadata.yaml:2:13",
      /earlier migration/,
    ],
    [
      "one to delete that only a later one queues",
      flat("deletes: copy_ids", "queues: copy_ids"),
      "never-queued at 1_m.up.sql:1:14",
      /earlier migration/,
    ],
    [
      "one twice",
      directories("queues: [copy_ids, { name: copy_ids, arguments: { to: 2 } }]"),
      "batched-twice at 1_m/metadata.yaml:2:20",
      /Remove one/,
    ],
    [
      "one outside a transaction",
      directories("transaction: none\nqueues: [copy_ids]"),
      "batched-outside-transaction at 1_m/metadata.yaml:3:10",
      /of its own/,
    ],
    [
      "one that may be run by hand",
      directories("privileged: true\nqueues: [copy_ids]"),
      "batched-privileged at 1_m/metadata.yaml:3:10",
      /of its own/,
    ],
  ];
  for (const [what, files, expected, hint] of defects) {
    it(`is refused for ${what}`, async () => {
      const found = await defectsOf(files);
      assert.deepEqual(codesAndPlaces(found), [`definition/${expected}`]);
      assert.match(found[0]!.hint!, hint);
    });
  }
});
