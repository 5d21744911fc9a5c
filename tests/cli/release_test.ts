import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { runMigrator } from "../support/command.ts";
import { initGit } from "../support/git.ts";
import { rewriteMigrations, writeMigrations, type Written } from "../support/harness.ts";
import { table } from "../support/releases.ts";

const LIMIT = { timeout: 60_000 };

const FILL = `table: t1
sql: UPDATE t1 SET id = id WHERE batch()
`;

/** A product whose files change between releases. */
function newAuthor(migrations: readonly Written[]) {
  const directory = writeMigrations({ app: migrations });
  return {
    directory,
    file: (tag: string) => path.join(directory, "releases", `${tag}.json`),
    write: (next: readonly Written[]) => rewriteMigrations(path.join(directory, "app"), next),
    async command(line: string, exit = 0): Promise<string> {
      const { status, stdout, stderr } = await runMigrator([
        ...line.split(" "),
        "--migrations",
        directory,
      ]);
      assert.equal(status, exit, `${line}: ${stdout}${stderr}`);
      return stdout + stderr;
    },
    /** The kinds of what `release check` finds, with their versions. */
    async findings(line = "release check"): Promise<string[]> {
      const { stdout } = await runMigrator([
        ...line.split(" "),
        "--json",
        "--migrations",
        directory,
      ]);
      return stdout.trim().split("\n").map((text) => JSON.parse(text))
        .filter(({ event }) => event === "release-finding")
        .map(({ kind, version }) => `${kind} ${version}`);
    },
  };
}

describe("a release", () => {
  test("is a file that the same migrations always make", LIMIT, async () => {
    const author = newAuthor([table(1), table(2)]);
    assert.match(await author.command("release list"), /no release was cut/);
    assert.match(await author.command("release cut v1.0.0 --dry-run"), /not written/);
    assert.match(await author.command("release cut v1.0.0"), /2 migrations, written/);
    const text = fs.readFileSync(author.file("v1.0.0"), "utf8");
    assert.match(await author.command("release cut v1.0.0"), /up to date/);
    assert.deepEqual(JSON.parse(text).databases.app.leaves, ["2"]);
    author.write([table(1), table(2), table(3)]);
    await author.command("release cut v1.9.0");
    await author.command("release cut v1.10.0 --stop --from v1.0.0");
    assert.equal(
      await author.command("release list"),
      "v1.0.0   2 migrations of app\n" +
        "v1.9.0   3 migrations of app, after v1.0.0\n" +
        "v1.10.0  3 migrations of app, after v1.9.0, from v1.0.0 on, required stop\n",
    );
    assert.match(await author.command("release show v1.9.0"), /new {6}3 \(m3\)/);
    assert.match(await author.command("release cut v1.0.0", 4), /release\/exists/);
    assert.equal(fs.readFileSync(author.file("v1.0.0"), "utf8"), text);
    assert.match(await author.command("validate"), /app: 3 migrations/);
  });

  test("is refused by name where its file is not one", LIMIT, async () => {
    const author = newAuthor([table(1)]);
    await author.command("release cut v1");
    const good = fs.readFileSync(author.file("v1"), "utf8");
    const cases: readonly (readonly [string, RegExp])[] = [
      ["{", /release\/manifest.*not JSON/s],
      ["[]", /release\/manifest.*must be an object/s],
      [good.replace('"format": 1', '"format": 2'), /release\/format.*format 2/s],
      [good.replace('"release": "v1"', '"release": "v2"'), /release must be "v1"/],
      [good.replace('["1"]', '["one"]'), /"one" in place of a version/],
    ];
    for (const [text, pattern] of cases) {
      fs.writeFileSync(author.file("v1"), text);
      const { status, stdout, stderr } = await runMigrator([
        "release",
        "list",
        "--migrations",
        author.directory,
      ]);
      assert.match(stdout + stderr, pattern);
      assert.equal(status, 4, stderr);
    }
    fs.writeFileSync(author.file("v1"), good);
    assert.match(await author.command("release show v3", 4), /release\/unknown/);
  });
});

/** What may become of the migrations of v1.0.0, and what is found in v1.1.0 or v1.0.1. */
const V1: readonly Written[] = [
  table(1),
  { version: 2, up: "", down: "", yaml: "queues: [fill]", background: { fill: FILL } },
];
const CHANGES: readonly {
  readonly what: string;
  readonly next: readonly Written[];
  readonly tag?: string;
  readonly options?: string;
  readonly found: readonly string[];
}[] = [
  {
    what: "a batched migration that the next release finalizes",
    next: [...V1, { version: 3, up: "", yaml: "finalizes: [fill]" }],
    found: [],
  },
  { what: "one that nobody finalizes", next: [...V1, table(3)], found: ["not-finalized 2"] },
  {
    what: "one that a later release is to finalize",
    next: [...V1, table(3)],
    options: " --finish fill=v1.2.0",
    found: [],
  },
  {
    what: "a clean-up in a patch release",
    tag: "v1.0.1",
    next: [...V1, { version: 3, up: "", yaml: "finalizes: [fill]" }],
    found: ["patch-finalizes 3"],
  },
  { what: "a patch release", tag: "v1.0.1", next: [...V1, table(3)], found: [] },
  {
    what: "a patch release that drops what the former one uses",
    tag: "v1.0.1",
    next: [...V1, { version: 3, up: "ALTER TABLE t1 DROP COLUMN id" }],
    found: ["patch-destroys 3"],
  },
  {
    what: "an edited migration",
    next: [table(1, { up: "CREATE TABLE t1 (id text)" }), ...V1.slice(1), {
      version: 3,
      up: "",
      yaml: "finalizes: [fill]",
    }],
    found: ["edited 1"],
  },
  {
    what: "comments in a migration",
    next: [table(1, { up: "-- new\nCREATE TABLE t1 (id bigint PRIMARY KEY)" }), ...V1.slice(1), {
      version: 3,
      up: "",
      yaml: "finalizes: [fill]",
    }],
    found: [],
  },
  {
    what: "other parents, as after a bad merge",
    next: [
      table(1),
      table(3, { parents: [1] }),
      { ...V1[1]!, parents: [3] },
      { version: 4, up: "", yaml: "finalizes: [fill]", parents: [2] },
    ],
    found: ["other-parents 2"],
  },
];

describe("release check", () => {
  for (const { what, next, tag = "v1.1.0", options = "", found } of CHANGES) {
    test(`of ${what}: ${found.join(", ") || "nothing"}`, LIMIT, async () => {
      const author = newAuthor(V1);
      await author.command("release cut v1.0.0");
      author.write(next);
      const cut = `release cut ${tag}${options}`;
      if (found.length > 0) {
        assert.match(await author.command(cut, 4), /release\/findings/);
        assert.equal(fs.existsSync(author.file(tag)), false);
        await author.command(`${cut} --force`);
        assert.match(await author.command("release check", 1), /1 finding/);
      } else await author.command(cut);
      assert.deepEqual(await author.findings(`release check ${tag}`), found);
    });
  }

  test("of a squash: wants to know from where one may come", LIMIT, async () => {
    const author = newAuthor([table(1), table(2), table(3)]);
    await author.command("release cut v1.0.0");
    author.write([table(3, { up: "CREATE TABLE t1 (); CREATE TABLE t3 ()", parents: [] })]);
    assert.deepEqual(await author.findings(), ["removed 1", "removed 2"]);
    await author.command("release cut v2.0.0", 4);
    await author.command("release cut v2.0.0 --from v1.0.0");
    assert.deepEqual(await author.findings(), []);
    assert.deepEqual(
      JSON.parse(fs.readFileSync(author.file("v2.0.0"), "utf8")).databases.app.squashed,
      ["1", "2"],
    );
  });

  test("compares revisions of git for those who cut no releases", LIMIT, async () => {
    const author = newAuthor(V1);
    const git = initGit(author.directory);
    git("add", ".");
    git("commit", "-qm", "one");
    git("tag", "v1.0.0");
    author.write([table(1, { up: "CREATE TABLE t1 (id text)" }), ...V1.slice(1)]);
    const fromOne = "release check --from-ref v1.0.0";
    assert.deepEqual(await author.findings(fromOne), ["edited 1"]);
    git("commit", "-qam", "two");
    author.write(V1);
    assert.deepEqual(await author.findings(`${fromOne} --to-ref HEAD`), [
      "edited 1",
      "not-finalized 2",
    ]);
    assert.deepEqual(await author.findings(`${fromOne} --to-ref v1.0.0`), ["not-finalized 2"]);
    assert.match(await author.command("release check --from-ref nowhere", 4), /release\/git/);
    assert.match(await author.command("release check --to-ref HEAD", 2), /needs --from-ref/);
    const { status, stderr } = await runMigrator([
      ...fromOne.split(" "),
      "--migrations",
      author.directory,
    ], { env: { PATH: "/nowhere" } });
    assert.equal(status, 4);
    assert.match(stderr, /release\/git.*no program git/s);
  });
});
