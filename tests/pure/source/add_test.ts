import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { Failure } from "../../../src/failure.ts";
import {
  createDirectory,
  createFile,
  listDirectory,
  readText,
  remove,
} from "../../../src/runtime/files.ts";
import { addBackground } from "../../../src/source/add_background.ts";
import { addMigration } from "../../../src/source/add.ts";
import { openDirectory } from "../../../src/source/disk.ts";

const NOW = Date.UTC(2026, 2, 4, 5, 6, 7, 890);
const SECONDS = BigInt(Math.floor(NOW / 1000));

async function withRoot(action: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(`${tmpdir()}/migrator-add-`);
  try {
    await action(root);
  } finally {
    await remove(root);
  }
}

/** A flat database with these names, each of them up and down. */
async function flat(root: string, names: readonly string[]): Promise<void> {
  await createDirectory(`${root}/app`);
  for (const name of names) {
    await createFile(`${root}/app/${name}.up.sql`, "");
    await createFile(`${root}/app/${name}.down.sql`, "");
  }
}

describe("addMigration in the directory layout", () => {
  it("makes the first migration of a new database, and then a child of all leaves", async () => {
    await withRoot(async (root) => {
      const where = { root: `${root}/migrations`, database: "app", now: NOW };
      const first = await addMigration({ ...where, name: "Add users" });
      assert.deepEqual(first, {
        version: SECONDS,
        parents: [],
        paths: ["up.sql", "down.sql", "metadata.yaml"].map((file) =>
          `${root}/migrations/app/${SECONDS}_add_users/${file}`
        ),
      });
      const branch = await addMigration({ ...where, name: "left" });
      assert.equal(branch.version, SECONDS + 1n);
      assert.deepEqual(branch.parents, [SECONDS]);
      const right = `${root}/migrations/app/7_right`;
      await createDirectory(right);
      await createFile(`${right}/up.sql`, "");
      await createFile(`${right}/down.sql`, "");
      await createFile(`${right}/metadata.yaml`, `parents: [${SECONDS}]`);
      const merge = await addMigration({ ...where, name: "merge" });
      assert.deepEqual(merge.parents, [7n, SECONDS + 1n]);
      const { definitions } = await (await openDirectory(where.root)).load("app");
      assert.deepEqual(definitions.at(-1)!.parents, [7n, SECONDS + 1n]);
      assert.equal(definitions[0]!.name, "Add users");
    });
  });

  const names: readonly [string, string][] = [
    ["Add Users: 100%", "_add_users_100"],
    ["naïve café", "_naïve_café"],
    ["a_b-c", "_a_bc"],
    ["日本", "_日本"],
    ['"quoted" # not a comment', "_quoted__not_a_comment"],
    ["- yes", "_yes"],
    ["true", "_true"],
    ["two\nlines", "_two_lines"],
  ];
  for (const [name, slug] of names) {
    it(`keeps the name ${JSON.stringify(name)} and makes a slug of it`, async () => {
      await withRoot(async (root) => {
        await addMigration({ root, database: "app", name, now: NOW });
        assert.deepEqual((await listDirectory(`${root}/app`))!.map((entry) => entry.name), [
          `${SECONDS}${slug}`,
        ]);
        const { definitions } = await (await openDirectory(root)).load("app");
        assert.equal(definitions[0]!.name, name);
        assert.deepEqual(definitions[0]!.up.statements, []);
        assert.deepEqual(definitions[0]!.down!.statements, []);
      });
    });
  }

  it("adds to a directory that is one database itself", async () => {
    await withRoot(async (root) => {
      await addMigration({ root, database: "app", name: "first", now: NOW });
      const added = await addMigration({
        root: `${root}/app`,
        database: "app",
        name: "second",
        now: NOW,
      });
      assert.ok(added.paths[0]!.startsWith(`${root}/app/${added.version}_second/`));
      assert.equal((await listDirectory(`${root}/app`))!.length, 2);
    });
  });

  it("adds nothing to a defective set", async () => {
    await withRoot(async (root) => {
      await createDirectory(`${root}/app/1_x`);
      const adding = addMigration({ root, database: "app", name: "y", now: NOW });
      await assert.rejects(adding, /has no up/);
      assert.deepEqual((await listDirectory(`${root}/app`))!.length, 1);
    });
  });
});

describe("addMigration in the golang-migrate layout", () => {
  const cases: readonly [string, readonly string[], string][] = [
    ["the next number", ["1_a", "2_b"], "3_c"],
    ["the same padding", ["000001_a", "000009_b"], "000010_c"],
    ["one digit more when the padding is full", ["8_a", "9_b"], "10_c"],
    ["the time in seconds", ["1600000000_a"], `${SECONDS}_c`],
    ["the time as a calendar writes it", ["20200101000000_a"], "20260304050607_c"],
    ["a number after the last when the clock is behind", ["20990101000000_a"], "20990101000001_c"],
  ];
  for (const [what, existing, expected] of cases) {
    it(`takes ${what}`, async () => {
      await withRoot(async (root) => {
        await flat(root, existing);
        const added = await addMigration({ root, database: "app", name: "C", now: NOW });
        assert.deepEqual(added.paths, [
          `${root}/app/${expected}.up.sql`,
          `${root}/app/${expected}.down.sql`,
        ]);
        const { definitions } = await (await openDirectory(root)).load("app");
        assert.equal(definitions.at(-1)!.version, added.version);
        assert.deepEqual(definitions.at(-1)!.parents, added.parents);
      });
    });
  }

  it("says in the file what was asked for, on one line", async () => {
    await withRoot(async (root) => {
      await flat(root, ["1_a"]);
      const { paths } = await addMigration({ root, database: "app", name: "x;\nDROP y", now: NOW });
      assert.ok((await readText(paths[0]!))!.startsWith("-- x; DROP y\n"));
    });
  });

  it("leaves nothing behind when a file cannot be written", async () => {
    await withRoot(async (root) => {
      // The up script's path is just as long as paths may be, 4095 bytes; the down script's is longer.
      const name = "b".repeat(60);
      let deep = root;
      const room = 4_095 - `/app/2_${name}.up.sql`.length;
      while (room - deep.length > 250) deep += `/${"d".repeat(200)}`;
      deep += `/${"e".repeat(room - deep.length - 1)}`;
      await createDirectory(`${deep}/app`);
      await createFile(`${deep}/app/1_a.up.sql`, "");
      const adding = addMigration({ root: deep, database: "app", name, now: NOW });
      await assert.rejects(adding, (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, "source/not-written");
        return true;
      });
      assert.deepEqual((await listDirectory(`${deep}/app`))!.map(({ name }) => name), [
        "1_a.up.sql",
      ]);
    });
  });
});

describe("addMigration in the bun layout", () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ["with .tx where the set has it", ["20200101000000_a.tx", "20200102000000_b"], [
      "20260304050607_c.tx.up.sql",
      "20260304050607_c.tx.down.sql",
    ]],
    ["with seconds where the set has them", ["1600000000_a.tx"], [
      `${SECONDS}_c.tx.up.sql`,
      `${SECONDS}_c.tx.down.sql`,
    ]],
  ];
  for (const [what, existing, expected] of cases) {
    it(`writes names ${what}`, async () => {
      await withRoot(async (root) => {
        await flat(root, existing);
        const added = await addMigration({ root, database: "app", name: "C", now: NOW });
        assert.deepEqual(added.paths, expected.map((path) => `${root}/app/${path}`));
        const set = await (await openDirectory(root)).load("app");
        assert.equal(set.layout, "bun");
        assert.equal(set.definitions.at(-1)!.version, added.version);
      });
    });
  }

  it("writes names without .tx where the set has none, and a name where there is none", async () => {
    await withRoot(async (root) => {
      await createDirectory(`${root}/app`);
      await createFile(`${root}/app/20200101000000_a.up.sql`, "SELECT 1\n--bun:split\nSELECT 2");
      const { paths } = await addMigration({ root, database: "app", name: "日本", now: NOW });
      assert.equal(paths[0], `${root}/app/20260304050607_migration.up.sql`);
      assert.equal((await (await openDirectory(root)).load("app")).definitions.length, 2);
    });
  });

  it("writes nothing that bun would run before the others", async () => {
    await withRoot(async (root) => {
      await flat(root, ["9_a.tx"]);
      await assert.rejects(
        addMigration({ root, database: "app", name: "b", now: NOW }),
        { code: "definition/ambiguous-order" },
      );
      assert.equal((await listDirectory(`${root}/app`))!.length, 2);
    });
  });
});

describe("addMigration in directories without metadata", () => {
  const cases: readonly [string, string, string][] = [
    ["dashes", "2020-01-01-000000_a", "2026-03-04-050607_c"],
    ["dashes and a counter", "2020-01-01-000000-0000_a", "2026-03-04-050607-0000_c"],
    ["dashes when the clock is behind", "2099-01-01-000000_a", "2099-01-01-000001_c"],
    ["no dashes", "20200101000000_a", "20260304050607_c"],
    ["the next number", "0007_a", "0008_c"],
  ];
  for (const [what, existing, expected] of cases) {
    it(`keeps ${what}`, async () => {
      await withRoot(async (root) => {
        await createDirectory(`${root}/app/${existing}`);
        await createFile(`${root}/app/${existing}/up.sql`, "");
        await createFile(`${root}/app/${existing}/down.sql`, "");
        const added = await addMigration({ root, database: "app", name: "C", now: NOW });
        assert.deepEqual(added.paths, [
          `${root}/app/${expected}/up.sql`,
          `${root}/app/${expected}/down.sql`,
        ]);
        const set = await (await openDirectory(root)).load("app");
        assert.equal(set.layout, "plain-directory");
        assert.equal(set.definitions.at(-1)!.version, added.version);
      });
    });
  }

  it("says nothing in the file that would be taken for a header", async () => {
    await withRoot(async (root) => {
      await flat(root, ["1_a"]);
      await addMigration({ root, database: "app", name: "migrator: privileged", now: NOW });
      const { definitions } = await (await openDirectory(root)).load("app");
      assert.equal(definitions.at(-1)!.metadata.privileged, false);
    });
  });
});

describe("addBackground", () => {
  it("writes a declaration that is sound, beside any layout, and overwrites none", async () => {
    await withRoot(async (root) => {
      await flat(root, ["1_a"]);
      const wish = { root, database: "app", name: "Fill the stars!" };
      const path = await addBackground(wish);
      assert.equal(path, `${root}/app/background/fill_the_stars.yaml`);
      const { background } = await (await openDirectory(root)).load("app");
      assert.deepEqual(background.map(({ name, table }) => [name, table]), [
        ["fill_the_stars", "my_table"],
      ]);
      assert.match(await readText(path) ?? "", /queues: \[fill_the_stars\]/);
      for (
        const [name, code] of [["fill the stars", "source/not-written"], [
          "?",
          "usage/invalid-value",
        ]]
      ) {
        await assert.rejects(addBackground({ ...wish, name: name! }), { code });
      }
    });
  });
});
