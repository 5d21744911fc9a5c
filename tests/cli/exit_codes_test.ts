import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";

/** A migration that sleeps outside a transaction: long enough to be looked at. */
const SLOW = {
  up: "CREATE TABLE slow (id bigint);\nSELECT pg_sleep(60);\n",
  metadata: "transaction: none\n",
};

/** What each status means, in the order of the table in docs/operations.md. */
const CASES: readonly {
  readonly name: string;
  readonly args: readonly string[];
  /** Up script of the one migration; default: one that works. */
  readonly up?: string;
  readonly metadata?: string;
  /** Run before it, whatever comes of it. */
  readonly first?: readonly string[];
  readonly url?: (cluster: Cluster, database: string) => string;
  readonly exit: number;
  readonly code?: string;
}[] = [
  { name: "done", args: ["up"], exit: 0 },
  { name: "nothing to do", args: ["up"], first: ["up"], exit: 0 },
  { name: "status of what is pending", args: ["status"], exit: 0 },
  { name: "a finding", args: ["status", "--exit-code"], exit: 1 },
  { name: "no finding", args: ["status", "--exit-code"], first: ["up"], exit: 0 },
  { name: "command line", args: ["up", "--frob"], exit: 2, code: "usage/unknown-option" },
  {
    name: "settings",
    args: ["up"],
    url: () => "mysql://db/shop",
    exit: 2,
    code: "settings/unreadable-url",
  },
  {
    name: "no server",
    args: ["up"],
    url: () => "postgres://app@127.0.0.1:1/shop",
    exit: 3,
    code: "connection/refused",
  },
  {
    name: "no server for a worker",
    args: ["background", "work"],
    url: () => "postgres://app@127.0.0.1:1/shop",
    exit: 3,
    code: "connection/refused",
  },
  {
    name: "wrong password",
    args: ["up"],
    url: ({ port }, database) => `postgres://guarded:wrong@127.0.0.1:${port}/${database}`,
    exit: 3,
    code: "connection/authentication",
  },
  {
    name: "unknown database",
    args: ["up"],
    url: (cluster) => cluster.url("nowhere"),
    exit: 3,
    code: "connection/no-such-database",
  },
  { name: "migration files", args: ["up"], up: "SELEC 1;\n", exit: 4, code: "definition/syntax" },
  {
    name: "a history that needs a person",
    args: ["up"],
    first: ["up"],
    up: "CREATE TABLE a (id bigint);\nSELECT 1/0;\n",
    metadata: "transaction: none\n",
    exit: 5,
    code: "history/dirty",
  },
  { name: "SQL", args: ["up"], up: "SELECT 1/0;\n", exit: 7, code: "sql/statement-failed" },
];

describe("exit statuses", () => {
  let cluster: Cluster;
  let directory: string;
  before(async () => {
    cluster = await startCluster({ major: 18 });
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-exit-"));
    await cluster.sql("postgres", "CREATE ROLE guarded LOGIN PASSWORD 'right'");
    const hba = path.join(cluster.dataDirectory, "pg_hba.conf");
    const rules = fs.readFileSync(hba, "utf8");
    fs.writeFileSync(hba, `host all guarded all scram-sha-256\n${rules}`);
    await cluster.sql("postgres", "SELECT pg_reload_conf()");
  });
  after(async () => {
    await cluster.dispose();
    fs.rmSync(directory, { recursive: true });
  });

  for (const { name, args, exit, code, first, url, ...migration } of CASES) {
    test(`${exit}: ${name}`, async () => {
      const database = await cluster.createDatabase();
      const migrations = path.join(directory, name.replaceAll(" ", "_"));
      write(path.join(migrations, "shop", "1_init"), migration);
      const env = { DATABASE_URL: url ? url(cluster, database) : cluster.url(database) };
      const run = (words: readonly string[]) =>
        runMigrator([...words, "--migrations", migrations, "--json"], { env });
      if (first) await run(first);
      const finished = await run(args);
      const last = finished.json().at(-1);
      assert.equal(finished.status, exit, finished.stdout + finished.stderr);
      assert.equal(last?.["event"], exit > 1 ? "failed" : "finished");
      assert.equal(last?.["code"], code);
      assert.equal(last?.["exit_code"], exit > 1 ? exit : undefined);
    });
  }

  test("7: SQL failed in one database, and no server answers for another", async () => {
    const migrations = path.join(directory, "several");
    write(path.join(migrations, "alone", "1_init"), {});
    write(path.join(migrations, "broken", "1_init"), { up: "SELECT 1/0;\n" });
    write(path.join(migrations, "fine", "1_init"), {});
    const env = {
      ALONE_DATABASE_URL: "postgres://app@127.0.0.1:1/shop",
      BROKEN_DATABASE_URL: cluster.url(await cluster.createDatabase()),
      FINE_DATABASE_URL: cluster.url(await cluster.createDatabase()),
    };
    const finished = await runMigrator(["up", "--migrations", migrations, "--json"], { env });
    assert.equal(finished.status, 7, finished.stdout + finished.stderr);
    const failures = finished.json().filter(({ event }) =>
      event === "failure" || event === "failed"
    );
    assert.deepEqual(
      failures.map(({ event, code, exit_code, facts }) => ({
        event,
        code,
        exit_code,
        database: (facts as Record<string, unknown>)["database"],
      })),
      [
        { event: "failure", code: "connection/refused", exit_code: undefined, database: "alone" },
        { event: "failed", code: "sql/statement-failed", exit_code: 7, database: "broken" },
      ],
    );
    assert.ok(
      finished.json().some(({ event, database, steps }) =>
        event === "database" && database === "fine" && steps === 1
      ),
    );
    const text = await runMigrator(["up", "--migrations", migrations], { env });
    assert.equal(text.status, 7, text.stderr);
    assert.match(text.stderr, /error\[sql\/statement-failed\]: .*broken: [^]*error\[.*: alone: /);
  });

  test("6: another runner has the lock, and status says what runs", async () => {
    const database = await cluster.createDatabase();
    const migrations = path.join(directory, "lock");
    write(path.join(migrations, "shop", "1_init"), SLOW);
    const env = { DATABASE_URL: cluster.url(database) };
    const run = (...words: string[]) =>
      runMigrator([...words, "--migrations", migrations, "--json"], { env });
    const running = run("up");
    await until(async () => {
      const [row] = await cluster.sql(
        database,
        `SELECT FROM pg_stat_activity WHERE ${SLEEPS} AND state = 'active'`,
      );
      return row !== undefined;
    });
    const waiting = await run("up", "--lock-wait", "200ms");
    assert.equal(waiting.status, 6);
    assert.match(String(waiting.json().at(-1)?.["code"]), /^lock\//);
    const status = await run("status", "--exit-code");
    assert.equal(status.status, 1);
    assert.equal(status.json()[0]?.["standing"], "running");
    const looked = await runMigrator(["status", "--migrations", migrations], { env });
    assert.match(looked.stdout, /^ {2}running {2}1 {2}.* \[under way\]$/m);
    await cluster.sql(
      database,
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE ${SLEEPS}`,
    );
    assert.equal((await running).status, 7);
  });
});

/** Of a session that is not the one that asks. */
const SLEEPS = "query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";

function write(
  directory: string,
  { up = "CREATE TABLE a (id bigint);\n", metadata = "" }: { up?: string; metadata?: string },
): void {
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, "up.sql"), up);
  fs.writeFileSync(path.join(directory, "down.sql"), "");
  fs.writeFileSync(path.join(directory, "metadata.yaml"), `name: init\nparents: []\n${metadata}`);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await isSo(); tries++) {
    assert.ok(tries < 200, "waited ten seconds for it");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
