import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, stat, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { describe, it } from "node:test";
import { Failure, Failures } from "../../../src/failure.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { createDirectory, createFile, listDirectory, remove } from "../../../src/runtime/files.ts";
import { addMigration } from "../../../src/source/add.ts";
import { slugOf } from "../../../src/source/next_migration.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { writeInTurn } from "../../../src/source/write_in_turn.ts";

const NOW = Date.UTC(2026, 2, 4, 5, 6, 7, 890);

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

describe("what is at the place of a new file", () => {
  for (const what of ["a pipe", "a link to nowhere"]) {
    it(`is not written to when it is ${what}, and nothing is left`, async () => {
      await withRoot(async (root) => {
        await flat(root, ["1_a"]);
        const place = `${root}/app/2_b.down.sql`;
        if (what === "a pipe") assert.equal(spawnSync("mkfifo", [place]).status, 0);
        else await symlink("nowhere", place);
        const where = { root, database: "app", now: NOW, name: "b" };
        await assert.rejects(
          addMigration(where),
          (error) => error instanceof Failure || error instanceof Failures,
        );
        const names = (await listDirectory(`${root}/app`))!.map(({ name }) => name);
        assert.deepEqual(names, ["1_a.down.sql", "1_a.up.sql", "2_b.down.sql"]);
      });
    });
  }

  it("gets the permissions that the umask leaves", async () => {
    const before = process.umask(0o027);
    try {
      await withRoot(async (root) => {
        const { paths } = await addMigration({ root, database: "app", now: NOW, name: "b" });
        const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777));
        assert.deepEqual(modes, [0o640, 0o640, 0o640]);
      });
    } finally {
      process.umask(before);
    }
  });
});

describe("a name as files have it", () => {
  for (
    const [name, slug] of [
      ["Add users", "add_users"],
      ["Größe ändern", "größe_ändern"],
      ["добавить таблицу", "добавить_таблицу"],
      ["顧客 を 追加", "顧客_を_追加"],
      ["a/b: \u202ec\x1b[31m", "ab_c31m"],
      ["!!! ...", ""],
      ["e\u0301", "é"],
    ] as const
  ) {
    it(`${JSON.stringify(name)} is ${JSON.stringify(slug)}`, () =>
      assert.equal(slugOf(name), slug));
  }

  it("is never longer than a file system takes", () => {
    for (const letter of ["a", "ä", "顧", "👩‍🚀x"]) {
      assert.ok(new TextEncoder().encode(slugOf(letter.repeat(300))).length <= 180);
    }
  });
});

describe("several that add at once", () => {
  it("get versions of their own, each behind the one before", async () => {
    for (const first of [undefined, "1_a"]) {
      await withRoot(async (root) => {
        if (first !== undefined) await flat(root, [first]);
        const where = { root, database: "app", now: NOW };
        const added = await Promise.all(
          ["b", "c", "d", "e"].map((name) =>
            writeInTurn(root, { clock: systemClock, work: () => addMigration({ ...where, name }) })
          ),
        );
        assert.equal(new Set(added.map(({ version }) => version)).size, 4);
        const { definitions } = await (await openDirectory(root)).load("app");
        assert.equal(definitions.length, first === undefined ? 4 : 5);
        const leaves = definitions.filter(({ version }) =>
          definitions.every(({ parents }) => !parents.includes(version))
        );
        assert.equal(leaves.length, 1);
        assert.deepEqual((await listDirectory(root))!.map(({ name }) => name), ["app"]);
      });
    }
  });

  it("do not wait for one that died", async () => {
    await withRoot(async (root) => {
      await createFile(`${root}/.migrator-add`, "");
      await utimes(`${root}/.migrator-add`, 1, 1);
      const work = () => Promise.resolve(7);
      assert.equal(await writeInTurn(`${root}/none/yet`, { clock: systemClock, work }), 7);
      assert.deepEqual(await listDirectory(root), []);
    });
  });
});
