import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { test } from "node:test";
import { bundleMigrations } from "../../../src/bundle/bundle_migrations.ts";
import { openBundle } from "../../../src/bundle/bundle_source.ts";
import { squashChecksum, squashHeader } from "../../../src/definition/migration/squash.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { withFolder } from "../../support/folder.ts";
import { HEADERS, markOf, program } from "../../support/program.ts";

const FILES = {
  "m/shop/1_events.up.sql": "CREATE TABLE events (at timestamptz);",
  "m/shop/1_events.down.sql": "DROP TABLE events;",
  "m/shop/2_index.up.sql": "CREATE INDEX CONCURRENTLY events_at ON events (at);",
  "m/shop/2_index.down.sql": "DROP INDEX events_at;",
  "base": program(HEADERS["linux-x64"], markOf()),
};

test("a bundle carries squashes that may be used, and no others", async () => {
  await withFolder(FILES, async (folder) => {
    const migrations = `${folder}/m`;
    const { definitions } = await (await openDirectory(migrations)).load("shop");
    const checksum = squashChecksum(definitions);
    const text = `${squashHeader({ version: 2n, count: 2, checksum })}\nCREATE TABLE events ();`;
    await fs.mkdir(`${migrations}/shop/squash`);
    await fs.writeFile(`${migrations}/shop/squash/2.sql`, text);
    await fs.writeFile(`${migrations}/shop/squash/1.sql`, text);
    await bundleMigrations({ base: `${folder}/base`, migrations, output: `${folder}/bundled` });
    const { squashes = [] } = await (await openBundle(`${folder}/bundled`))!.load("shop");
    assert.deepEqual(squashes.map(({ version }) => version), [2n]);
    const script = await squashes[0]!.script();
    assert.equal(await script?.read(), text);
  });
});
