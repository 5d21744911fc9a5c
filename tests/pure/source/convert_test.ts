import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { DefinitionSet } from "../../../src/definition/migration/definition.ts";
import { Failure } from "../../../src/failure.ts";
import { convertMigrations } from "../../../src/source/convert_migrations.ts";
import { type ConvertedLayout, CONVERTIBLE_TO } from "../../../src/source/convertible.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { type Files, withFolder } from "../../support/folder.ts";
import { TREES } from "../definition/foreign_trees.ts";

/** What a database that has applied them knows, and what the next run would do. */
function knownOf({ definitions, background }: DefinitionSet) {
  return {
    background: background.map(({ name, checksum }) => [name, checksum]),
    migrations: definitions.map(({ version, parents, up, down, metadata, defects }) => ({
      defects: defects?.up?.map(({ code }) => code),
      version,
      parents,
      up: [up.checksum, up.transaction, up.transactions],
      down: down && [down.checksum, down.transaction],
      metadata: { ...metadata, irreversible: metadata.irreversible !== undefined || !down },
    })),
  };
}

/** Converts `app` of these files, and hands both sets to `check`. */
async function converting(
  files: Files,
  { layout, reading = {} }: {
    readonly layout: ConvertedLayout;
    readonly reading?: typeof TREES[number]["reading"];
  },
  check: (
    sets: {
      readonly before: DefinitionSet;
      readonly after: DefinitionSet;
      readonly output: string;
    },
  ) => Promise<void> | void,
): Promise<void> {
  const below = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [`from/app/${path}`, content]),
  );
  await withFolder(below, async (folder) => {
    const root = `${folder}/from`;
    const before = await (await openDirectory(root, () => reading)).load("app");
    const output = `${folder}/to`;
    await convertMigrations({ set: before, layout, root, output });
    const after = await (await openDirectory(output)).load("app");
    await check({ before, after, output });
  });
}

describe("migrations in another layout", () => {
  for (const layout of CONVERTIBLE_TO) {
    for (const { layout: from, files, reading, gives } of TREES) {
      const versions = gives.map(({ is }) => BigInt(is.split(" ")[0]!));
      const isAscending = versions.every((version, index) =>
        version >= (versions[index - 1] ?? 0n)
      );
      if (layout === "golang-migrate" && !isAscending) continue;
      it(`are what they were: ${from} in ${layout}, ${gives.map(({ is }) => is).join(", ")}`, () =>
        converting(files, { layout, reading: reading ?? {} }, ({ before, after }) => {
          assert.equal(before.layout, from);
          assert.equal(after.layout, layout);
          assert.deepEqual(knownOf(after), knownOf(before));
        }));
    }

    it(`keep what a header says, in ${layout}`, () =>
      converting(
        {
          "1_a.up.sql": "-- migrator: lockTimeout: 500ms\n-- migrator: statementTimeout: none\n" +
            "-- What it is for.\nCREATE TABLE a ();",
          "1_a.down.sql": "DROP TABLE a;",
          "2_b.up.sql":
            "-- migrator: transaction: none\n-- migrator: nonIdempotent\nSELECT 1; SELECT 2",
          "2_b.down.sql": "SELECT 3",
          "3_c.up.sql": "-- migrator: irreversible: the rows are gone\n" +
            '-- migrator: queues: [{"name":"fill","arguments":{"from":1}}]\nSELECT 4',
          "background/fill.yaml": "table: a\nkey: ctid\nsql: DELETE FROM a WHERE batch(a)\n" +
            "arguments: { from: 0 }\nremaining: SELECT 1 FROM a\n",
        },
        { layout },
        async ({ before, after, output }) => {
          assert.deepEqual(knownOf(after), knownOf(before));
          assert.equal(before.definitions[0]!.metadata.lockTimeout, 500);
          assert.equal(after.definitions[2]!.metadata.irreversible, "the rows are gone");
          const up = layout === "directory" ? "1_a/up.sql" : "1_a.up.sql";
          assert.match(
            await readFile(`${output}/app/${up}`, "utf8"),
            /-- What it is for\.\nCREATE/,
          );
        },
      ));
  }

  it("refuse a line where their order is another", async () => {
    const files = {
      "1_a/up.sql": "",
      "1_a/down.sql": "",
      "1_a/metadata.yaml": "parents: []",
      "3_c/up.sql": "",
      "3_c/down.sql": "",
      "3_c/metadata.yaml": "parents: [1]",
      "2_b/up.sql": "",
      "2_b/down.sql": "",
      "2_b/metadata.yaml": "parents: [3]",
    };
    await assert.rejects(
      converting(files, { layout: "golang-migrate" }, () => {}),
      (error: Failure) => error.code === "definition/ambiguous-order",
    );
  });

  it("are not written over what is there, of which nothing is lost", async () => {
    const files = { "from/app/1_a.up.sql": "SELECT 1", "to/app/mine.txt": "mine" };
    await withFolder(files, async (folder) => {
      const root = `${folder}/from`;
      const set = await (await openDirectory(root)).load("app");
      await assert.rejects(
        convertMigrations({ set, layout: "directory", root, output: `${folder}/to` }),
        (error: unknown) =>
          error instanceof Failure && error.code === "source/not-written" &&
          /it is there already/.test(error.message),
      );
      assert.deepEqual(await readdir(`${folder}/to/app`), ["mine.txt"]);
    });
  });
});
