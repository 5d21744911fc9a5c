import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { describe, test } from "node:test";
import { Archive } from "../../../src/bundle/zip_reader.ts";
import { bundleMigrations } from "../../../src/bundle/bundle_migrations.ts";
import { openBundle } from "../../../src/bundle/bundle_source.ts";
import { Failure } from "../../../src/failure.ts";
import { Config } from "../../../src/config/config.ts";
import { EMPTY_CONFIG } from "../../../src/config/config_file.ts";
import { readConfig } from "../../../src/config/read_config.ts";
import { withFolder } from "../../support/folder.ts";
import { HEADERS, markOf, program } from "../../support/program.ts";

const FILES = {
  "base": program(HEADERS["linux-x64"], markOf()),
  "db/shop/1_init.up.sql": "CREATE TABLE shelf (id bigint);",
};

const TEXT = `# for the shop
historySchema: My Schema
lockWait: \${WAIT:-1min}
databases: { shop: { url: "postgres://app:\${PW}@\${HOST}/shop", layout: bun } }
`;

function bundleAt(root: string, content?: string): Promise<unknown> {
  const project = content === undefined ? EMPTY_CONFIG : readConfig(content, "migrator.yaml");
  return bundleMigrations({
    base: `${root}/base`,
    output: `${root}/out`,
    migrations: `${root}/db`,
    settings: { project, content },
    readingOf: (database) => ({ layout: new Config(project, {}).value("layout", database) }),
  });
}

describe("the settings of a bundle", () => {
  test("are the file's, with variables that count where it is run", async () => {
    await withFolder(FILES, async (root) => {
      await bundleAt(root, TEXT);
      const source = (await openBundle(`${root}/out`))!;
      assert.equal((await source.load("shop")).layout, "bun");
      const config = new Config(source.project!, { PW: "secret", HOST: "there" });
      assert.equal(config.value("url", "shop"), "postgres://app:secret@there/shop");
      assert.equal(config.value("lockWait"), 60_000);
      assert.equal(config.value("historySchema"), "My Schema");
      assert.equal(
        config.originOf("url", "shop"),
        "databases.shop.url in the carried migrator.yaml",
      );
      const archive = Archive.open(`${root}/out`)!;
      assert.equal(new TextDecoder().decode(archive.read("migrator.yaml")), TEXT);
      archive.close();
    });
  });

  test("are none when there were none, and nobody's word when nobody said so", async () => {
    await withFolder(FILES, async (root) => {
      await bundleAt(root);
      assert.deepEqual((await openBundle(`${root}/out`))?.project?.entries, []);
      const plain = { base: `${root}/base`, output: `${root}/out`, migrations: `${root}/db` };
      await bundleMigrations(plain);
      assert.equal((await openBundle(`${root}/out`))?.project, undefined);
    });
  });

  const refused: readonly (readonly [text: string, line: number, names: RegExp])[] = [
    ["url: postgres://app:hunter2@db/shop", 1, / in url,/],
    [
      "databases:\n  shop:\n    directUrl: host=db password=hunter2",
      3,
      /databases\.shop\.directUrl/,
    ],
    ["url: postgres://app:${PW:-hunter2}@db/shop", 1, / in url,/],
    ["lockWait: 1s\n# was: postgres://app:hunter2@db/shop", 2, /holds a password, and/],
  ];
  for (const [text, line, names] of refused) {
    test(`hold no password: ${JSON.stringify(text)}`, async () => {
      await withFolder(FILES, async (root) => {
        await assert.rejects(bundleAt(root, text), (error) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.code, "bundle/password");
          assert.equal(error.place?.line, line);
          assert.match(error.message, names);
          assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/);
          return true;
        });
        await assert.rejects(fs.stat(`${root}/out`));
      });
    });
  }
});
