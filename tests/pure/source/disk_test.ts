import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { withFolder } from "../../support/folder.ts";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { describe, it } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { createDirectory, createFile, remove } from "../../../src/runtime/files.ts";
import { openDirectory } from "../../../src/source/disk.ts";

/** Makes a directory with these files for the time of an action. */
async function withFiles(
  files: readonly string[],
  action: (root: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(`${tmpdir()}/migrator-disk-`);
  try {
    for (const file of files) {
      const directory = `${root}/${file}`.replace(/\/[^/]*$/, "");
      await createDirectory(directory).catch(() => {});
      if (!file.endsWith("/")) {
        await createFile(`${root}/${file}`, file.endsWith(".yaml") ? "parents: []" : "");
      }
    }
    await action(root);
  } finally {
    await remove(root);
  }
}

function migration(directory: string): string[] {
  return ["up.sql", "down.sql", "metadata.yaml"].map((file) => `${directory}/${file}`);
}

async function failureOf(action: Promise<unknown>): Promise<Failure> {
  try {
    await action;
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  assert.fail("nothing was refused");
}

describe("openDirectory", () => {
  it("leaves out numbered files of nobody knows whom, with a word, where others are known", async () => {
    const files = ["shop/1_init.up.sql", "seeds/1_users.sql"];
    await withFiles(files, async (root) => {
      const source = await openDirectory(root);
      assert.deepEqual(source.databases, ["shop"]);
      assert.match(source.warnings?.join() ?? "", /seeds is not read.*layout/);
      const named = await openDirectory(root, (name) => name === "seeds" ? { layout: "sqlx" } : {});
      assert.deepEqual(named.databases, ["seeds", "shop"]);
      assert.deepEqual(named.warnings, []);
    });
    await withFiles(["seeds/1_users.sql"], async (root) => {
      const failure = await failureOf((await openDirectory(root)).load("seeds"));
      assert.equal(failure.code, "definition/unknown-layout");
      assert.match(failure.hint ?? "", /layout: sqlx/);
    });
  });

  it("finds the databases that hold migrations, in order, and loads them", async () => {
    const files = [
      ...migration("frontend/1_init"),
      "codeintel/1_init.up.sql",
      "codeintel/1_init.down.sql",
      ...migration(".hidden/1_init"),
      "docs/README.md",
    ];
    await withFiles(files, async (root) => {
      const source = await openDirectory(root);
      assert.equal(source.label, `directory ${root}`);
      assert.deepEqual(source.databases, ["codeintel", "frontend"]);
      assert.equal((await source.load("codeintel")).layout, "golang-migrate");
      assert.equal((await source.load("frontend")).layout, "directory");
    });
  });

  it("takes a directory that holds migrations for one database of its name", async () => {
    await withFiles(["app/1_init.up.sql", "app/1_init.down.sql"], async (root) => {
      const source = await openDirectory(`${root}/app/`);
      assert.deepEqual(source.databases, ["app"]);
      const { definitions } = await source.load("app");
      assert.equal(definitions[0]!.up.path, "app/1_init.up.sql");
    });
  });

  it("refuses a directory that is not there", async () => {
    await withFiles([], async (root) => {
      const failure = await failureOf(openDirectory(`${root}/none`));
      assert.equal(failure.code, "source/not-found");
      assert.match(failure.hint!, /--migrations/);
    });
  });

  it("refuses a directory without migrations", async () => {
    await withFiles(["docs/README.md"], async (root) => {
      assert.equal((await failureOf(openDirectory(root))).code, "source/no-databases");
    });
  });

  it("refuses a database that is not there, and names those that are", async () => {
    await withFiles(migration("frontend/1_init"), async (root) => {
      const source = await openDirectory(root);
      const failure = await failureOf(source.load("../frontend"));
      assert.equal(failure.code, "source/unknown-database");
      assert.match(failure.hint!, /frontend/);
    });
  });

  it("says of a database without migrations that it is empty", async () => {
    await withFiles([...migration("frontend/1_init"), "codeintel/"], async (root) => {
      const source = await openDirectory(root);
      assert.deepEqual(source.databases, ["frontend"]);
      assert.equal((await failureOf(source.load("codeintel"))).code, "definition/empty");
    });
  });

  it("says what the operating system refuses", async () => {
    await withFiles([...migration("frontend/1_init"), "frontend/2_x/up.sql/"], async (root) => {
      const source = await openDirectory(root);
      const failure = await failureOf(source.load("frontend"));
      assert.equal(failure.code, "source/unreadable");
      assert.match(failure.message, /2_x\/up\.sql/);
    });
  });

  it("names all names that are not UTF-8", { skip: process.platform !== "linux" }, async () => {
    await withFiles(migration("shop/1_init"), async (root) => {
      // The runtimes write text only.
      execFileSync("sh", [
        "-c",
        'for name in "2_caf\\351" "3_\\377"; do mkdir "$0/$(printf "$name")"; done',
        `${root}/shop`,
      ]);
      const failure = await failureOf(openDirectory(root).then((source) => source.load("shop")));
      assert.equal(failure.code, "source/file-name");
      assert.equal(failure.exit, 4);
      assert.match(failure.message, /not UTF-8:\n {2}\S*\/2_caf\uFFFD\n {2}\S*\/3_\uFFFD$/);
      assert.match(failure.hint ?? "", /ls -b \S+\/shop$/);
    });
  });

  it("reads names in every script", async () => {
    await withFiles(migration("shop/1_Łódź_日本_\uFFFD"), async (root) => {
      const { definitions } = await (await openDirectory(root)).load("shop");
      assert.equal(definitions.length, 1);
    });
  });
});

describe("a root with migrations of its own and databases below it", () => {
  const DATABASES = { "m/shop/1_a.up.sql": "", "m/other/1_b/up.sql": "" };
  for (const stray of ["m/0_note.up.sql", "m/3_c/up.sql"]) {
    it(`is refused: ${stray} would make ${Object.keys(DATABASES)} vanish`, async () => {
      await withFolder({ ...DATABASES, [stray]: "" }, async (root) => {
        await assert.rejects(openDirectory(`${root}/m`), (error) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.code, "source/mixed-root");
          assert.equal(error.exit, 4);
          assert.match(error.message, /\(other, shop\)/);
          assert.match(error.hint!, /^Move (0_note\.up\.sql|3_c) /);
          return true;
        });
      });
    });
  }

  it("is one database where what is below holds none", async () => {
    const files = { "m/1_a.up.sql": "", "m/background/x.yaml": "", "m/docs/README.md": "" };
    await withFolder(files, async (root) => {
      assert.deepEqual((await openDirectory(`${root}/m`)).databases, ["m"]);
    });
  });
});
