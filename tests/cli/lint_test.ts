import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { runMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";

const FILES = {
  "m/1_users.up.sql": "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick text);",
  "m/1_users.down.sql": "DROP TABLE users;",
  "m/2_email.up.sql": "-- first\nALTER TABLE users\n    ALTER COLUMN email SET NOT NULL;",
  "m/2_email.down.sql": "SELECT 1;",
  "m/3_notes.up.sql":
    "CREATE TABLE notes (id bigint PRIMARY KEY);\nCREATE INDEX notes_id ON notes (id);\n" +
    "-- migrator: lintIgnore: drop-column: nobody reads it\nALTER TABLE users DROP COLUMN nick;",
  "m/3_notes.down.sql": "SELECT 1;",
};

async function lint(folder: string, ...more: string[]) {
  return await runMigrator(["lint", "--no-measure", "--migrations", `${folder}/m`, ...more], {
    cwd: folder,
    timeout: 120_000,
  });
}

const codes = (records: readonly Record<string, unknown>[]) =>
  records.filter(({ event }) => event === "finding")
    .map(({ version, code, severity }) => `${version} ${code} ${severity}`);

describe("migrator lint", () => {
  test("prints place, line, caret, reason and recipe, and exits with 1 from --fail-on on", async () => {
    await withFolder(FILES, async (folder) => {
      const { status, stdout, stderr } = await lint(folder);
      assert.deepEqual({ status, stderr }, { status: 1, stderr: "" });
      assert.match(
        stdout,
        /^m\/2_email\.up\.sql:2:1: error\[set-not-null\]: Nobody .*\n {2}2 \| ALTER TABLE users\n {4}\| \^\n {2}why: .*(\n {7}.*)*\n {2}instead:\n {6}ALTER TABLE users ADD/m,
      );
      assert.match(stdout, /^linted 3 migrations: 1 error, 1 warning, 0 info$/m);
      const quiet = await lint(folder, "1");
      assert.equal(quiet.status, 0, quiet.stdout);
      assert.equal((await lint(folder, "3")).status, 0);
      assert.equal((await lint(folder, "3", "--fail-on", "warning")).status, 1);
    });
  });

  test("measures in the shadow, and says what it saw", async () => {
    const files = {
      ...FILES,
      "m/3_notes.up.sql": "DO $$ DECLARE s text := 'ALTER TABLE users ALTER id TYPE numeric'; " +
        "BEGIN EXECUTE s; END $$;",
      "m/4_longer.up.sql": "ALTER TABLE users ALTER nick TYPE varchar;",
      "m/4_longer.down.sql": "SELECT 1;",
    };
    await withFolder(files, async (folder) => {
      const { status, stdout, stderr } = await runMigrator(["lint", "--migrations", "m"], {
        cwd: folder,
        timeout: 300_000,
      });
      assert.deepEqual({ status, stderr }, { status: 1, stderr: "" });
      assert.match(
        stdout,
        /set-not-null.*\n.*\n.*\^\n {2}measured: ACCESS EXCLUSIVE of users, read as a/,
      );
      assert.match(
        stdout,
        /^m\/3_notes\.up\.sql:1:1: error\[measured-rewrite\]: It rewrites users/m,
      );
      // text to varchar keeps the rows: by rule alone as well as measured.
      assert.doesNotMatch(stdout, /4_longer/);
      const extension = { ...files, "m/2_email.up.sql": "CREATE EXTENSION postgis;" };
      await withFolder(extension, async (other) => {
        const { status, stderr } = await runMigrator(["lint", "--migrations", "m"], {
          cwd: other,
          timeout: 300_000,
        });
        assert.equal(status, 0);
        assert.match(stderr, /only 1 migration could be measured, .*no extension postgis/);
      });
    });
  });

  test("takes severities and the oldest server from migrator.yaml", async () => {
    const config = 'serverVersion: ">=15"\nlint:\n  set-not-null: warning\n  design: off\n';
    const files = {
      ...FILES,
      "migrator.yaml": config,
      "m/4_merge.up.sql": "CREATE UNIQUE INDEX CONCURRENTLY i ON users (email) NULLS NOT DISTINCT;",
      "m/4_merge.down.sql": "SELECT 1;",
    };
    await withFolder(files, async (folder) => {
      const { status, json } = await lint(folder, "--json");
      assert.equal(status, 0);
      assert.deepEqual(codes(json()), ["2 set-not-null warning"]);
      const older = { ...files, "migrator.yaml": "lint: {set-not-null: off, drop-colum: off}" };
      await withFolder(older, async (other) => {
        const { status, stderr } = await lint(other);
        assert.equal(status, 2);
        assert.match(stderr, /settings\/unknown-rule.*drop-colum/);
        assert.match(stderr, /Did you mean `drop-column`/);
      });
    });
  });

  test("lints what git does not have at a revision, and finds what was edited", async () => {
    await withFolder({ "m/keep": "" }, async (folder) => {
      await withFolder(FILES, async (work) => {
        const git = (...words: string[]) =>
          execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...words], {
            cwd: work,
          });
        git("init", "-q");
        git(
          "add",
          "m/1_users.up.sql",
          "m/1_users.down.sql",
          "m/2_email.up.sql",
          "m/2_email.down.sql",
        );
        git("commit", "-qm", "base");
        const added = await lint(work, "--json", "--since", "HEAD");
        assert.deepEqual(codes(added.json()), ["3 redundant-index warning"]);
        execFileSync("sh", ["-c", "echo '-- only a comment' >> m/1_users.up.sql"], { cwd: work });
        execFileSync("sh", ["-c", "echo 'SELECT 1;' >> m/2_email.up.sql"], { cwd: work });
        const edited = await lint(work, "--json", "--since", "HEAD");
        assert.deepEqual(codes(edited.json()), [
          "2 edited-after-release error",
          "2 set-not-null error",
          "3 redundant-index warning",
        ]);
        const unknown = await lint(work, "--since", "no-such-branch");
        assert.equal(unknown.status, 2);
        assert.match(unknown.stderr, /usage\/unknown-revision/);
        const option = await lint(work, "--since=--output=x");
        assert.match(option.stderr, /usage\/unknown-revision/);
      });
      assert.ok(folder);
    });
  });

  test("lints standard input in the place of a file", async () => {
    await withFolder(FILES, async (folder) => {
      const input = async (file: string, stdin: string) =>
        await runMigrator([
          "lint",
          "--migrations",
          "m",
          "--stdin-filepath",
          file,
          "--format",
          "gcc",
        ], {
          cwd: folder,
          stdin,
        });
      const known = await input(
        "m/2_email.up.sql",
        "\nALTER TABLE users ALTER COLUMN id SET NOT NULL;",
      );
      assert.deepEqual([known.status, known.stdout], [0, ""]);
      const other = await input("x.sql", "\n  DROP TABLE users;");
      assert.equal(other.status, 1);
      assert.match(other.stdout, /^x\.sql:2:3: error: .* \[drop-table\]$/m);
      const broken = await input("m/2_email.up.sql", "ALTER TABL users;");
      assert.match(broken.stdout, /^m\/2_email\.up\.sql:1:\d+: error: .*\[definition\/[a-z-]+\]/m);
    });
  });

  test("finds a name in two databases, and more than one head", async () => {
    const up = "CREATE TABLE users (id bigint PRIMARY KEY);";
    const files = {
      "m/one/1_a/up.sql": up,
      "m/one/1_a/down.sql": "DROP TABLE users;",
      "m/one/1_a/metadata.yaml": "name: a\nparents: []\n",
      "m/one/2_b/up.sql": "SELECT 1;",
      "m/one/2_b/down.sql": "SELECT 1;",
      "m/one/2_b/metadata.yaml": "name: b\nparents: [1]\n",
      "m/one/3_c/up.sql": "SELECT 1;",
      "m/one/3_c/down.sql": "SELECT 1;",
      "m/one/3_c/metadata.yaml": "name: c\nparents: [1]\n",
      "m/two/5_a/up.sql": up,
      "m/two/5_a/down.sql": "DROP TABLE users;",
      "m/two/5_a/metadata.yaml": "name: a\nparents: []\n",
    };
    await withFolder(files, async (folder) => {
      assert.deepEqual(codes((await lint(folder, "--json")).json()), [
        "3 multiple-heads info",
        "5 name-in-two-databases info",
      ]);
    });
  });

  test("writes each format", async () => {
    await withFolder(FILES, async (folder) => {
      const written = async (format: string) =>
        (await lint(folder, "2", "--format", format)).stdout;
      assert.match(
        await written("github"),
        /^::error file=m\/2_email\.up\.sql,line=2,col=1,endLine=3,title=set-not-null%3A SET/,
      );
      const [issue] = JSON.parse(await written("gitlab"));
      assert.deepEqual(issue.location, { path: "m/2_email.up.sql", lines: { begin: 2, end: 3 } });
      const sarif = JSON.parse(await written("sarif"));
      assert.equal(sarif.runs[0].results[0].ruleId, "set-not-null");
      assert.equal(sarif.runs[0].tool.driver.rules[0].id, "set-not-null");
      assert.match(
        await written("junit"),
        /<testcase classname="m" name="2 email".*<failure message=/,
      );
      assert.match(await written("checkstyle"), /<error line="2" column="1" severity="error"/);
      assert.match(await written("gcc"), /^m\/2_email\.up\.sql:2:1: error: .*\[set-not-null\]\n$/);
    });
  });

  test("help shows the page of a rule, and the list of all", async () => {
    const page = await runMigrator(["help", "set-not-null"]);
    assert.match(page.stdout, /^set-not-null: SET NOT NULL without.*\n\n {2}It reads every row/);
    const list = await runMigrator(["help", "lint/"]);
    assert.match(list.stdout, /^ {2}drop-column +A column is dropped \(error\)$/m);
    assert.equal((await runMigrator(["help", "set-not-nul"])).status, 2);
  });
});
