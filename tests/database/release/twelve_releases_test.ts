import assert from "node:assert/strict";
import process from "node:process";
import { before, describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { newest, type Server, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { cutTwelveReleases, type Release } from "../../support/twelve_releases.ts";

/** All 132 ways, which take minutes; otherwise a sample. */
const ALL = process.env["MIGRATOR_TEST_WAYS"] === "all";

const LIMIT = { timeout: 900_000 };

/** Ways that once went wrong, or are unlike all others. */
const SAMPLE: readonly (readonly [from: string, to: string])[] = [
  ["1.0.0", "2.3.0"],
  ["2.3.0", "1.0.0"],
  ["1.2.1", "1.3.0"],
  ["1.3.0", "1.2.1"],
  ["1.4.0", "1.2.0"],
  ["1.5.0", "1.1.0"],
  ["2.0.0", "1.5.0"],
  ["2.1.0", "1.3.0"],
  ["1.2.0", "1.5.0"],
];

describe("from every release to every other", () => {
  let server: Server;
  let releases: readonly Release[];
  /** The PostgreSQL database of an installation that went through every release up to this one. */
  const installed = new Map<string, string>();
  /** Schema and rows of a new installation of a release. */
  const expected = new Map<string, Outcome>();

  before(async () => {
    server = await sharedCluster(newest);
    releases = await cutTwelveReleases();
    const database = await server.createDatabase();
    for (const { tag, directory } of releases) {
      // 1.3.0 lacks what 1.2.1 has, so that going there is a way back as well.
      await run(directory, "rollback", server.url(database));
      await finishBatched(directory, server.url(database));
      installed.set(tag, await copyOf(database));
      const fresh = await server.createDatabase();
      await run(directory, "up", server.url(fresh));
      await finishBatched(directory, server.url(fresh));
      expected.set(tag, await outcomeOf(server, fresh));
    }
  }, LIMIT);

  async function copyOf(database: string): Promise<string> {
    const copy = await server.createDatabase();
    await server.sql("postgres", `DROP DATABASE ${copy}`);
    await server.sql("postgres", `CREATE DATABASE ${copy} TEMPLATE ${database}`);
    return copy;
  }

  const pairs = () =>
    releases.flatMap((from) =>
      releases.flatMap((to) => {
        const isWanted = ALL || SAMPLE.some(([a, b]) => a === from.tag && b === to.tag);
        return from !== to && isWanted ? [[from, to] as const] : [];
      })
    );

  test("gives the schema and the rows of a new installation", LIMIT, async () => {
    const wrong: string[] = [];
    const ways = pairs();
    assert.equal(ways.length, ALL ? 132 : SAMPLE.length);
    for (const [from, to] of ways) {
      const database = await copyOf(installed.get(from.tag)!);
      const url = server.url(database);
      const isForward = from.tag < to.tag && !(from.tag === "1.2.1" && to.tag === "1.3.0");
      const before = await outcomeOf(server, database);
      // The releases from 2.0.0 on say that one comes from 1.5.0.
      if (from.tag < "1.5.0" && to.tag >= "2.0.0") {
        const stop = releases.find(({ tag }) => tag === "1.5.0")!;
        await run(stop.directory, "upgrade", url);
      }
      await run(to.directory, isForward ? "upgrade" : "rollback", url);
      await finishBatched(to.directory, url);
      const after = await outcomeOf(server, database);
      const wanted = expected.get(to.tag)!;
      if (after.schema !== wanted.schema) {
        wrong.push(`${from.tag} to ${to.tag}: the schema differs`);
      }
      for (const [table, rows] of Object.entries(after.rows)) {
        // A table that the older release does not have was created anew.
        const both = before.rows[table] === undefined ? rows : wanted.rows[table];
        if (rows !== both) {
          wrong.push(`${from.tag} to ${to.tag}: rows of ${table}: ${rows} ${both}`);
        }
      }
      await server.sql("postgres", `DROP DATABASE ${database}`);
    }
    assert.deepEqual(wrong, []);
  });

  test("by the newest executable alone, with --to", LIMIT, async () => {
    const last = releases.at(-1)!;
    const tags = ALL ? releases.map(({ tag }) => tag) : ["1.0.0", "1.2.1", "1.4.0", "2.1.0"];
    for (const tag of tags) {
      const database = await copyOf(installed.get(last.tag)!);
      const url = server.url(database);
      await run(last.directory, `rollback --to ${tag}`, url);
      await finishBatched(last.directory, url);
      const { schema } = await outcomeOf(server, database);
      assert.equal(schema, expected.get(tag)!.schema, `back to ${tag}`);
      await server.sql("postgres", `DROP DATABASE ${database}`);
    }
  });

  test("through a required stop, which finishes its batched migrations", LIMIT, async () => {
    const [from, to] = ["1.2.0", "1.5.0"].map((tag) => releases.find((one) => one.tag === tag)!);
    const database = await server.createDatabase();
    const url = server.url(database);
    await run(from!.directory, "up", url);
    const shown = await run(to!.directory, "upgrade --dry-run", url);
    assert.match(shown, /from 1\.2\.0 to 1\.4\.0 \(step 1 of 2, a required stop\)/);
    assert.match(shown, /from 1\.4\.0 to all that is carried \(step 2 of 2\)\napp: 1 to run/);
    await run(to!.directory, "upgrade", url);
    const { schema, rows } = await outcomeOf(server, database);
    assert.equal(schema, expected.get("1.5.0")!.schema);
    assert.equal(rows["accounts"], expected.get("1.5.0")!.rows["accounts"]);
  });

  test("is refused where a squash has replaced what is missing", LIMIT, async () => {
    const old = await server.createDatabase();
    await run(releases[0]!.directory, "up", server.url(old));
    const newer = releases.at(-1)!.directory;
    assert.match(await run(newer, "upgrade", server.url(old), 4), /release\/too-old.*1\.5\.0 on/s);
    const patch = "upgrade --to 1.1.0";
    assert.match(await run(newer, patch, server.url(old), 4), /release\/not-carried.*2, 3/s);
  });
});

interface Outcome {
  readonly schema: string;
  /** A digest of the rows by the name of the table, without its schema. */
  readonly rows: Readonly<Record<string, string>>;
}

/** A table that was renamed keeps its digest under both names. */
async function outcomeOf(server: Server, database: string): Promise<Outcome> {
  const sql = (text: string) => server.sql(database, text);
  const tables = await sql(
    `SELECT quote_ident(nspname) || '.' || quote_ident(relname) AS name, relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema', 'migrator')`,
  );
  const rows: Record<string, string> = {};
  for (const { name, relname } of tables) {
    const [row] = await sql(
      `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest
      FROM ${name} AS t`,
    );
    rows[String(relname)] = String(row!["digest"]);
  }
  return { schema: await describeCatalog(sql), rows };
}

/** What a worker of the release would do in time. */
async function finishBatched(directory: string, url: string): Promise<void> {
  await run(directory, "background work", url);
}

async function run(directory: string, line: string, url: string, exit = 0): Promise<string> {
  const args = [...line.split(" "), "--migrations", directory, "--database-url", url];
  const { status, stdout, stderr } = await runMigrator(args);
  assert.equal(status, exit, `${line} of ${directory}: ${stdout}${stderr}`);
  return stdout + stderr;
}
