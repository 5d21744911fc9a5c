/**
 * The ways between twelve releases, by psql alone but for batched migrations.
 *
 * MIGRATOR_TEST_WAYS=all goes all 132 of them, which takes minutes; otherwise a sample.
 *
 * @module
 */

import assert from "node:assert/strict";
import process from "node:process";
import { before, describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { newest, type Server, sharedCluster } from "../../support/cluster.ts";
import { type Finished, runMigrator } from "../../support/command.ts";
import { NO_PSQL, runPsql } from "../../support/psql_script.ts";
import { cutTwelveReleases, type Release } from "../../support/twelve_releases.ts";

const ALL = process.env["MIGRATOR_TEST_WAYS"] === "all";

const LIMIT = { timeout: 900_000 };

const SAMPLE: readonly (readonly [from: string, to: string])[] = [
  ["1.0.0", "1.5.0"],
  ["2.3.0", "2.0.0"],
  ["1.2.1", "1.3.0"],
  ["1.4.0", "1.2.0"],
  ["1.5.0", "1.0.0"],
];

describe("by scripts, from every release to every other", { skip: NO_PSQL }, () => {
  let server: Server;
  let releases: readonly Release[];
  const installed = new Map<string, string>();
  const expected = new Map<string, string>();

  const run = async (directory: string, line: string, url: string): Promise<Finished> => {
    const args = [...line.split(" "), "--migrations", directory, "--database-url", url];
    return await runMigrator(args);
  };
  const must = async (directory: string, line: string, url: string): Promise<string> => {
    const { status, stdout, stderr } = await run(directory, line, url);
    assert.equal(status, 0, `${line} of ${directory}: ${stdout}${stderr}`);
    return stdout;
  };

  /** The schema, and the rows that batched migrations change. */
  const outcomeOf = async (database: string) => {
    const sql = (text: string) => server.sql(database, text);
    const rows = await sql(
      `SELECT md5(string_agg(to_jsonb(a)::text, '|' ORDER BY id)) AS digest FROM accounts AS a`,
    );
    return await describeCatalog(sql) + String(rows[0]?.["digest"]);
  };

  const copyOf = async (database: string) => {
    const copy = await server.createDatabase();
    await server.sql("postgres", `DROP DATABASE ${copy}`);
    await server.sql("postgres", `CREATE DATABASE ${copy} TEMPLATE ${database}`);
    return copy;
  };

  before(async () => {
    server = await sharedCluster(newest);
    releases = await cutTwelveReleases();
    const database = await server.createDatabase();
    for (const { tag, directory } of releases) {
      await must(directory, "rollback", server.url(database));
      await must(directory, "background work", server.url(database));
      installed.set(tag, await copyOf(database));
      expected.set(tag, await outcomeOf(database));
    }
  }, LIMIT);

  /** Does what a script asks for when it stops. */
  async function obey(said: string, directory: string, url: string): Promise<void> {
    const [, unfinished] = /background finalize (\w+)/.exec(said) ?? [];
    if (unfinished !== undefined) {
      await must(directory, `background finalize ${unfinished}`, url);
      return;
    }
    const [, changed] = /must be changed back:\n(\w+)\n/.exec(said) ?? [];
    assert.ok(changed, said);
    await must(directory, `background requeue ${changed} --down`, url);
    await must(directory, "background work", url);
  }

  /** Makes scripts and runs them, until there is nothing more to do. */
  async function go(verb: string, directory: string, url: string): Promise<void> {
    for (let scripts = 0; scripts < 4; scripts++) {
      const script = await must(directory, `script ${verb}`, url);
      if (/^\w+: nothing to do/.test(script)) return;
      for (let tries = 1;; tries++) {
        const { status, stdout, stderr } = await runPsql(script, url);
        if (status === 0) break;
        assert.ok(tries < 4, stdout + stderr);
        await obey(stderr, directory, url);
      }
      await must(directory, "background work", url);
    }
    assert.fail(`script ${verb} of ${directory} comes to no end`);
  }

  test("gives what the tool gives", LIMIT, async () => {
    const wrong: string[] = [];
    const ways = releases.flatMap((from) =>
      releases.map((to) => [from, to] as const)
        .filter(([a, b]) =>
          a !== b && (ALL || SAMPLE.some(([one, two]) => one === a.tag && two === b.tag))
        )
    );
    assert.equal(ways.length, ALL ? 132 : SAMPLE.length);
    for (const [from, to] of ways) {
      const database = await copyOf(installed.get(from.tag)!);
      const url = server.url(database);
      const isForward = from.tag < to.tag && !(from.tag === "1.2.1" && to.tag === "1.3.0");
      if (from.tag < "1.5.0" && to.tag >= "2.0.0") {
        await go("upgrade", releases.find(({ tag }) => tag === "1.5.0")!.directory, url);
      }
      await go(isForward ? "upgrade" : "rollback", to.directory, url);
      const status = await run(to.directory, "status --exit-code", url);
      if (status.status !== 0) wrong.push(`${from.tag} to ${to.tag}: ${status.stdout}`);
      if (await outcomeOf(database) !== expected.get(to.tag)) {
        wrong.push(`${from.tag} to ${to.tag}: schema or rows differ`);
      }
      await server.sql("postgres", `DROP DATABASE ${database}`);
    }
    assert.deepEqual(wrong, []);
  });

  test("made before going up, by the newest executable, with --to", LIMIT, async () => {
    const [old, last] = [releases.find(({ tag }) => tag === "2.0.0")!, releases.at(-1)!];
    const database = await copyOf(installed.get(old.tag)!);
    const url = server.url(database);
    const back = await must(last.directory, "script rollback --to 2.0.0 --after-up", url);
    assert.match(
      back,
      /^-- migrator script rollback --to 2\.0\.0, for the database "app": 4 steps/,
    );
    await must(last.directory, "up", url);
    const { status, stderr } = await runPsql(back, url);
    assert.equal(status, 0, stderr);
    assert.equal(await outcomeOf(database), expected.get("2.0.0"));
    assert.equal((await run(old.directory, "status --exit-code", url)).status, 0);
  });
});
