import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { pgliteConnector } from "../../../src/connection/pglite/pglite_session.ts";
import { type Notice, type Session, SqlError } from "../../../src/connection/session/session.ts";
import { Failure } from "../../../src/failure.ts";

const MEMORY = pgliteConnector({ kind: "embedded", directory: undefined });

function open(directory?: string): Promise<Session> {
  const connector = directory === undefined
    ? MEMORY
    : pgliteConnector({ kind: "embedded", directory });
  return connector.open({ applicationName: "test" });
}

async function refused(promise: Promise<unknown>, code: string, words: RegExp) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.ok(error.hint, "there is no hint");
    return true;
  });
}

describe("an embedded session", () => {
  let session: Session;
  before(async () => {
    session = await open();
  });
  after(() => session.close());

  test("knows its server", {}, () => {
    assert.equal(MEMORY.label, "pglite:memory");
    assert.deepEqual(
      { ...session.server, version: Math.floor(session.server.version / 10000) },
      {
        version: 18,
        pid: 42,
        role: "postgres",
        pooling: "none",
        synchronousCommit: "on",
        readOnly: false,
        standardStrings: true,
        standby: false,
        embedded: true,
      },
    );
  });

  const texts: readonly [sql: string, text: string | null][] = [
    ["9007199254740993::bigint", "9007199254740993"],
    ["NULL::text", null],
    ["true", "t"],
    ["1.10::numeric", "1.10"],
    ["'2024-02-29'::date", "2024-02-29"],
    ["'{1,2}'::int[]", "{1,2}"],
    [`'{"b": 1}'::json`, '{"b": 1}'],
    ["'\\xff00'::bytea", "\\xff00"],
    ["'Ä🛒'", "Ä🛒"],
  ];
  for (const [sql, text] of texts) {
    test(`gives ${sql} as PostgreSQL prints it`, {}, async () => {
      assert.deepEqual((await session.query(`SELECT ${sql} AS value`)).rows, [{ value: text }]);
    });
  }

  test("answers with the last tag and the last rows of a message", {}, async () => {
    const answer = await session.query("SELECT 1 AS a; SELECT 2 AS b; CREATE TEMP TABLE c ()");
    assert.deepEqual(answer, {
      command: "CREATE",
      count: 0,
      rows: [{ b: "2" }],
      allRows: [{ a: "1" }, { b: "2" }],
    });
  });

  test("tells everything that the server says about an error", {}, async () => {
    await session.query("CREATE TABLE taken (id int CONSTRAINT only_once UNIQUE)");
    await session.query("INSERT INTO taken VALUES (7)");
    const error = await session.query("INSERT INTO taken VALUES (7)").catch((e: unknown) => e);
    assert.ok(error instanceof SqlError);
    assert.deepEqual(error.server, {
      sqlstate: "23505",
      severity: "ERROR",
      message: 'duplicate key value violates unique constraint "only_once"',
      detail: "Key (id)=(7) already exists.",
      schema: "public",
      table: "taken",
      constraint: "only_once",
    });
  });

  test("counts the position of an error in characters", {}, async () => {
    const result = await session.pipeline(["SELECT '🛒', nothing"]);
    assert.equal(!result.ok && result.error.position, 13);
  });

  test("reports the first failure of a pipeline, and still sends what follows", {}, async () => {
    const result = await session.pipeline(["BEGIN", "SELECT 1 AS x", "SELECT nope", "COMMIT"]);
    assert.equal(result.ok, false);
    assert.equal(!result.ok && result.failed, 2);
    assert.deepEqual(result.answers, [
      { command: "BEGIN", count: 0, rows: [], allRows: [] },
      { command: "SELECT", count: 1, rows: [{ x: "1" }], allRows: [{ x: "1" }] },
    ]);
    const after = await session.pipeline(["BEGIN", "ROLLBACK"]);
    assert.equal(after.ok, true);
  });

  test("counts the statements of a message before its error", {}, async () => {
    const notices: (readonly [string, number])[] = [];
    session.onNotice = ({ message }, statement) => notices.push([message, statement]);
    const result = await session.pipeline([
      "SELECT 1",
      "SELECT 1; DROP TABLE IF EXISTS none; SELECT 1 / 0; SELECT 1",
    ]);
    session.onNotice = () => {};
    assert.equal(!result.ok && result.failed, 1);
    assert.equal(!result.ok && result.completed, 2);
    assert.deepEqual(notices, [['table "none" does not exist, skipping', 1]]);
  });

  test("passes notices on", {}, async () => {
    const notices: Notice[] = [];
    session.onNotice = (notice) => notices.push(notice);
    await session.query("DO $$ BEGIN RAISE WARNING 'look' USING HINT = 'there'; END $$");
    session.onNotice = () => {};
    assert.deepEqual(notices, [
      { severity: "WARNING", sqlstate: "01000", message: "look", hint: "there" },
    ]);
  });

  test("refuses COPY FROM STDIN instead of waiting for data", {}, async () => {
    await session.query("CREATE TEMP TABLE copied (a int)");
    const result = await session.pipeline(["COPY copied FROM STDIN"]);
    assert.equal(!result.ok && result.error.sqlstate, "57014");
    assert.equal((await session.query("SELECT 1 AS a")).command, "SELECT");
  });

  test("searches schemas and guards system tables as a server does", {}, async () => {
    const { rows } = await session.query("SHOW search_path");
    assert.deepEqual(rows, [{ search_path: '"$user", public' }]);
    const result = await session.pipeline(["ALTER TABLE pg_class ADD COLUMN mine int"]);
    assert.equal(!result.ok && result.error.sqlstate, "42501");
  });

  for (const extension of ["citext", "pg_trgm", "hstore", "pgcrypto", "btree_gist", "uuid-ossp"]) {
    test(`has the extension ${extension}`, {}, async () => {
      const answer = await session.query(`CREATE EXTENSION "${extension}"`);
      assert.equal(answer.command, "CREATE");
    });
  }

  test("shares its database with others, and keeps them out of its transaction", {}, async () => {
    const other = await open();
    await session.query("CREATE TABLE shared (a int)");
    await session.pipeline(["BEGIN", "INSERT INTO shared VALUES (1)"]);
    let answered = false;
    const counted = other.query("SELECT count(*) AS n FROM shared").then((answer) => {
      answered = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(answered, false);
    await session.query("ROLLBACK");
    assert.deepEqual((await counted).rows, [{ n: "0" }]);
    await other.close();
  });

  test("rolls back what it had begun when it is closed", {}, async () => {
    const other = await open();
    await other.pipeline(["BEGIN", "CREATE TABLE begun ()"]);
    await other.close();
    const { rows } = await session.query("SELECT to_regclass('begun') AS begun");
    assert.deepEqual(rows, [{ begun: null }]);
    await refused(other.query("SELECT 1"), "connection/lost", /closed/);
  });
});

describe("a data directory", () => {
  let scratch: string;
  const at = (name: string) => path.join(scratch, name);
  before(async () => {
    scratch = await fs.mkdtemp(path.join(os.tmpdir(), "pglite-"));
  });
  after(() => fs.rm(scratch, { recursive: true }));

  /** A process of its own that inserts rows and prints each one that was acknowledged. */
  function writer(directory: string) {
    const program = `
      import { pgliteConnector } from ${
      JSON.stringify(import.meta.resolve("../../../src/connection/pglite/pglite_session.ts"))
    };
      const connector = pgliteConnector({ kind: "embedded", directory: ${
      JSON.stringify(directory)
    } });
      const session = await connector.open({ applicationName: "writer" });
      await session.query("CREATE TABLE IF NOT EXISTS kept (n int)");
      for (let n = 1;; n++) {
        await session.query("INSERT INTO kept VALUES (" + n + ")");
        await new Promise((resolve) => process.stdout.write(n + "\\n", resolve));
      }`;
    const flags = "deno" in process.versions ? ["eval", "--ext=ts"] : ["-e"];
    return spawn(process.execPath, [...flags, `import process from "node:process";${program}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  test(
    "keeps what was committed by a process that was killed, and lets others in",
    {},
    async () => {
      const child = writer(at("killed"));
      const exited = once(child, "exit");
      let output = "";
      let tried: Promise<void> | undefined;
      for await (const chunk of child.stdout) {
        output += String(chunk);
        tried ??= refused(open(at("killed")), "connection/embedded-in-use", /open in process \d+/);
        if (output.split("\n").length > 20) {
          await tried;
          child.kill("SIGKILL");
          break;
        }
      }
      await exited;
      const acknowledged = output.trim().split("\n").length;
      const session = await open(at("killed"));
      const { rows } = await session.query("SELECT count(*) AS n FROM kept");
      await session.close();
      assert.ok(Number(rows[0]?.["n"]) >= acknowledged, `${rows[0]?.["n"]} of ${acknowledged}`);
    },
  );

  test("is found again by whoever comes back, by any of its names", {}, async () => {
    const first = await open(at("again"));
    await first.query("CREATE TABLE here ()");
    await fs.symlink(at("again"), at("link"));
    const second = await open(at("link"));
    assert.equal((await second.query("SELECT 1 FROM here")).command, "SELECT");
    await first.close();
    await second.close();
  });

  test("gives its lock back when it was not used for a while", {}, async () => {
    const session = await open(at("released"));
    await fs.access(at("released.lock"));
    await session.close();
    for (let tries = 0; tries < 100; tries++) {
      if (!(await fs.readdir(scratch)).includes("released.lock")) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail("the lock is still there");
  });

  test("of another version is refused", {}, async () => {
    await fs.mkdir(at("old"));
    await fs.writeFile(at("old/PG_VERSION"), "16\n");
    await refused(open(at("old")), "connection/embedded", /PostgreSQL 16/);
  });

  test("of a server is refused", {}, async () => {
    await fs.mkdir(at("server"));
    await fs.writeFile(at("server/PG_VERSION"), "18\n");
    await fs.writeFile(at("server/postmaster.pid"), "4711\n/data\n");
    await refused(open(at("server")), "connection/embedded", /process 4711/);
  });

  test("that is damaged is refused", {}, async () => {
    await fs.mkdir(at("damaged"));
    await fs.writeFile(at("damaged/PG_VERSION"), "18\n");
    await refused(open(at("damaged")), "connection/embedded", /did not start/);
  });

  test("is not a directory with other things in it", {}, async () => {
    await fs.mkdir(at("things"));
    await fs.writeFile(at("things/README.md"), "hello");
    await refused(open(at("things")), "connection/embedded", /other things/);
  });

  test("is not a file", {}, async () => {
    await fs.writeFile(at("file"), "");
    await refused(open(at("file")), "connection/embedded", /directory|ENOTDIR/);
  });
});
