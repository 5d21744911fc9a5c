/**
 * Where faults are tried: a server of one's own, an undisturbed run to compare with, and the check
 * that nothing was lost and nothing done twice.
 *
 * @module
 */

import assert from "node:assert/strict";
import { describeCatalog } from "../support/catalog.ts";
import { type Cluster, type Major, startCluster } from "../support/cluster.ts";
import { type Finished, runMigrator, type Running, startMigrator } from "../support/command.ts";
import { FORGETFUL } from "../support/forgetful.ts";
import { eventually, writeMigrations } from "../support/harness.ts";
import { type Blow, lockName, type Point, workName } from "./points.ts";
import { mendByHand, productFor } from "./product.ts";
import { Proxy, type Seen } from "./proxy.ts";

/** What a migration that was cut off outside a transaction needed. */
export type Mending = "none" | "repair" | "person";

/** What became of one point. */
export interface Struck {
  /** False when the run ended before it came to that moment. */
  readonly hit: boolean;
  /** What the next `up` needed first. */
  readonly mending: Mending;
  /** Migrations that the run had told of, and that a crash took away with their rows. */
  readonly lost: number;
}

/** Milliseconds that a run may take after a fault, or to make up for it. */
const PATIENCE = 30_000;

/** Parallel labs strike at servers of their own. */
export class Lab {
  private constructor(
    readonly server: Cluster,
    readonly directory: string,
    /** Catalog and rows after an undisturbed run. */
    readonly expected: string,
    /** What that run sent. */
    readonly seen: readonly Seen[],
  ) {}

  /**
   * Starts a server and lets one run go by undisturbed.
   *
   * @param settings Of the server. An immediate stop does not depend on `fsync`, which is off.
   */
  static async open(
    major: Major,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Lab> {
    const server = await startCluster({ major, settings: { ...FORGETFUL, ...settings } });
    const directory = writeMigrations(productFor(major));
    const database = await server.createDatabase();
    const proxy = await Proxy.start(server);
    const ran = await runMigrator(argumentsFor(directory, throughProxy(proxy, database)));
    await proxy.close();
    assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`);
    const lab = new Lab(server, directory, await contents(server, database), proxy.seen);
    await lab.#mustHaveHistory(database);
    return lab;
  }

  async close(): Promise<void> {
    await this.server.dispose();
  }

  /**
   * Strikes once, brings the product up again, and compares.
   *
   * @throws {assert.AssertionError} When anything differs from the undisturbed run.
   */
  async strike(point: Point): Promise<Struck> {
    const { server } = this;
    const database = await server.createDatabase();
    try {
      const { hit, lost } = await this.#runStruck(database, point);
      if (point.then) await this.#runStruck(database, point.then);
      const mending = await this.#bringUp(database);
      assert.equal(await contents(server, database), this.expected);
      await this.#mustHaveHistory(database);
      await this.#mustLeaveNothing(database);
      return { hit, mending, lost };
    } finally {
      // Best effort: it only makes room.
      await server.sql("postgres", `DROP DATABASE ${database} WITH (FORCE)`).catch(() => {});
    }
  }

  async #runStruck(database: string, blow: Blow): Promise<{ hit: boolean; lost: number }> {
    const proxy = await Proxy.start(this.server);
    try {
      const run = startMigrator(
        argumentsFor(this.directory, throughProxy(proxy, database)),
        { timeout: PATIENCE },
      );
      let struck: Promise<"forget" | "pass"> | undefined;
      proxy.trap(blow.moment, () => struck = this.#cause(blow, { run, proxy }));
      const ended = await run.finished;
      await struck;
      const hit = struck !== undefined;
      return { hit, lost: await this.#mustTellTheTruth(ended, { blow, database, hit }) };
    } finally {
      await proxy.close();
    }
  }

  async #cause(
    { fault, database, isLate }: Blow,
    { run, proxy }: { readonly run: Running; readonly proxy: Proxy },
  ): Promise<"forget" | "pass"> {
    const { server } = this;
    if (fault === "kill") {
      run.kill("SIGKILL");
      await run.finished;
      return isLate ? "pass" : "forget";
    }
    if (fault === "crash") {
      await server.stop("immediate");
      // At once: a run looks for a while whether the server comes back.
      await server.start();
    } else {
      const name = fault === "terminate-work" ? workName : lockName;
      const pid = proxy.backendOf(name(database)) ?? 0;
      // It may have gone by itself already.
      await server.sql("postgres", `SELECT pg_terminate_backend(${pid})`);
      await eventually(async () => {
        const rows = await server.sql(
          "postgres",
          `SELECT FROM pg_stat_activity WHERE pid = ${pid}`,
        );
        return rows.length === 0;
      }, { what: `the end of backend ${pid}` });
    }
    return "pass";
  }

  /** @returns How many migrations that it had told of are not in the database. */
  async #mustTellTheTruth(
    ended: Finished,
    { blow: { fault }, database, hit }: {
      readonly blow: Blow;
      readonly database: string;
      readonly hit: boolean;
    },
  ): Promise<number> {
    const isKilled = fault === "kill" && hit;
    if (isKilled) assert.equal(ended.signal, "SIGKILL", `ended with ${ended.status}`);
    else assert.notEqual(ended.status, null, `it hung until it was killed:\n${ended.stderr}`);
    const lines = ended.stdout.split("\n").filter((line) => line.endsWith("}"))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    if (!isKilled) {
      const last = ended.status === 0 ? "finished" : "failed";
      assert.equal(lines.at(-1)?.["event"], last, ended.stdout.slice(-2000));
      assert.ok([0, 3, 5, 6].includes(ended.status!), `exit ${ended.status}: ${ended.stderr}`);
    }
    const applied = new Set(await this.#applied(database));
    const told = lines.filter(({ event }) => event === "applied");
    const durable = new Set(
      lines.filter(({ event }) => event === "durable").map(({ database }) => database),
    );
    const missing = told.filter(({ database, version }) => !applied.has(`${database} ${version}`));
    for (const { database, version } of missing) {
      assert.ok(
        fault === "crash" && !durable.has(database),
        `it said that ${database} ${version} was applied, and it is not`,
      );
    }
    return missing.length;
  }

  async #applied(database: string): Promise<string[]> {
    const [found] = await this.server.sql(
      database,
      "SELECT to_regclass('migrator.migration_logs') IS NOT NULL AS found",
    );
    if (!found?.["found"]) return [];
    const rows = await this.server.sql(
      database,
      `SELECT database || ' ' || version AS line FROM migrator.migration_logs
      WHERE success AND direction = 'up' ORDER BY id`,
    );
    return rows.map(({ line }) => String(line));
  }

  async #bringUp(database: string): Promise<Mending> {
    const { directory, server } = this;
    const where = ["--migrations", directory, "--database-url", server.url(database)];
    const run = (...args: readonly string[]) =>
      runMigrator([...args, "--json", ...where], { timeout: PATIENCE });
    const first = await run("up");
    const [row] = first.status === 5
      ? await server.sql(database, "SELECT database, version::int FROM migrator.dirty")
      : [];
    if (row === undefined) {
      assert.equal(first.status, 0, shown(first));
      return "none";
    }
    const cut = { database: String(row["database"]), version: Number(row["version"]) };
    const which = [String(cut.version), "--db", cut.database];
    const repaired = await run("repair", "--continue", ...which);
    assert.ok([0, 5].includes(repaired.status!), shown(repaired));
    if (repaired.status === 5) {
      await mendByHand((text) => server.sql(database, text), cut);
      const told = await run("log", "add", ...which, "--up", "--reason", "looked at it");
      assert.equal(told.status, 0, shown(told));
    }
    const last = await run("up");
    assert.equal(last.status, 0, shown(last));
    return repaired.status === 0 ? "repair" : "person";
  }

  /** No lock and no session of the tool. */
  async #mustLeaveNothing(database: string): Promise<void> {
    await eventually(async () => {
      const [row] = await this.server.sql(
        database,
        `SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database()))::int +
          (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND application_name LIKE 'migrator%')::int AS left_behind`,
      );
      return row?.["left_behind"] === 0;
    }, { what: "the end of every lock and session of the tool" });
  }

  /** Each migration once, none dirty, all durable. */
  async #mustHaveHistory(database: string): Promise<void> {
    const expected = Object.entries(productFor(this.server.major)).flatMap(([name, list]) =>
      list.map((_, index) => `${name} ${index + 1}`)
    );
    assert.deepEqual((await this.#applied(database)).sort(), expected.sort());
    const [row] = await this.server.sql(
      database,
      `SELECT (SELECT count(*)::int FROM migrator.dirty) AS dirty,
        (SELECT count(*)::int FROM migrator.migration_logs
          WHERE transactional AND success IS NULL) AS open,
        (SELECT bool_and(fence = durable_fence) FROM migrator.databases) AS durable`,
    );
    assert.deepEqual({ ...row }, { dirty: 0, open: 0, durable: true });
  }
}

function shown({ status, signal, stdout, stderr }: Finished): string {
  return `exit ${status ?? signal}: ${stdout.slice(-2000)}${stderr}`;
}

function argumentsFor(directory: string, url: string): readonly string[] {
  return ["up", "--json", "--migrations", directory, "--database-url", url];
}

function throughProxy(proxy: Proxy, database: string): string {
  return `postgres://postgres@127.0.0.1:${proxy.port}/${database}?sslmode=disable`;
}

/** The catalog, and a digest of each table's rows. */
async function contents(server: Cluster, database: string): Promise<string> {
  const sql = (text: string) => server.sql(database, text);
  const tables = await sql(
    `SELECT oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') ORDER BY 1`,
  );
  const digests = await sql(
    tables.map(({ name }) =>
      `SELECT '${name}: ' || count(*) || ' rows, ' ||
        coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') AS line FROM ${name} AS t`
    ).join(" UNION ALL "),
  );
  return await describeCatalog(sql, { schemas: ["public"] }) +
    digests.map(({ line }) => `${line}\n`).sort().join("");
}
