/**
 * The judge of every fault: history and schema agree, nothing was applied twice, the run ended in time,
 * and what it said is what is found in the database afterwards.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EXIT_OF_FAMILY, type Family } from "../../src/failure.ts";
import { describeCatalog } from "../support/catalog.ts";
import type { Server } from "../support/cluster.ts";
import { type Finished, runMigrator } from "../support/command.ts";
import { eventually } from "../support/harness.ts";
import type { Mending } from "./family.ts";
import { mendByHand, productFor } from "./product.ts";

/** Milliseconds that a run may take after a fault, or to recover from it. */
export const PATIENCE = 60_000;

/** A database, and what an undisturbed run leaves in it. */
export interface Subject {
  readonly server: Server;
  readonly database: string;
  /** Where `up` connects to. Default: the database, as a superuser. */
  readonly url?: string;
  /** The migrations. */
  readonly directory: string;
  /** `contents` after an undisturbed run. */
  readonly expected: string;
}

/** What a disturbed run may do. */
export interface Allowed {
  readonly isKilled?: boolean;
  readonly statuses: readonly number[];
  /** What a server may lose of what the run reported as applied. Default: nothing. */
  readonly mayLose?: "nothing" | "what is not durable" | "anything";
  /** The reader of standard output got only a part of it. */
  readonly isOutputCut?: boolean;
}

type Line = Readonly<Record<string, unknown>>;

/**
 * Compares what a run of `up --json` said with the database.
 *
 * @returns How many migrations that it reported as applied are not in the database.
 */
export async function mustTellTheTruth(
  subject: Subject,
  { ended, allowed }: { readonly ended: Finished; readonly allowed: Allowed },
): Promise<number> {
  const { isKilled = false, isOutputCut = false, mayLose = "nothing" } = allowed;
  if (isKilled) assert.equal(ended.signal, "SIGKILL", `ended with ${ended.status}`);
  else assert.notEqual(ended.status, null, `it hung until it was killed: ${shown(ended)}`);
  mustAdviseNoHarm(ended);
  const lines = linesOf(ended);
  const history = await readHistory(subject);
  const applied = new Set(history.applied);
  if (!isKilled) {
    assert.ok(allowed.statuses.includes(ended.status!), shown(ended));
    if (!isOutputCut) mustEndAsItSays(ended, lines);
    if (ended.status === 0) {
      assert.deepEqual([...applied].sort(), allOf(subject.server), "it said 0, and is not done");
    }
  }
  for (const version of rolledBack(lines)) {
    assert.ok(!applied.has(version), `it said that ${version} was rolled back, and it is applied`);
  }
  const told = lines.filter(({ event }) => event === "applied");
  const durable = new Set(
    lines.filter(({ event }) => event === "durable").map(({ database }) => database),
  );
  const missing = told.filter(({ database, version }) => !applied.has(`${database} ${version}`));
  for (const { database, version } of missing) {
    assert.ok(
      mayLose === "anything" || mayLose === "what is not durable" && !durable.has(database),
      `it said that ${database} ${version} was applied, and it is not`,
    );
  }
  return missing.length;
}

/** Whatever its status is, the last line says the same. */
function mustEndAsItSays(ended: Finished, lines: readonly Line[]): void {
  const last = lines.at(-1);
  assert.equal(last?.["event"], ended.status === 0 ? "finished" : "failed", shown(ended));
  if (ended.status === 0) return;
  assert.equal(last?.["exit_code"], ended.status);
  const code = String(last?.["code"]);
  const family = code.slice(0, code.indexOf("/")) as Family;
  if (family !== "interrupted") assert.equal(EXIT_OF_FAMILY[family], ended.status, code);
  assert.ok(last?.["hint"], `no next step: ${shown(ended)}`);
}

/** What no hint may ever say: what loses the history makes the next `up` apply everything again. */
const HARM =
  /\b(?:drop\s+(?:table|schema|database)|truncate|delete\s+from)\b[^\n]*\b(?:migrator|migration_logs|databases|migration_definitions)\b/i;

/** @throws {assert.AssertionError} If some text advises to remove the history. */
export function mustAdviseNoHarm({ stdout, stderr }: Pick<Finished, "stdout" | "stderr">): void {
  const advice = [stdout, stderr].join("\n").split("\n").filter((line) => HARM.test(line));
  assert.deepEqual(advice, [], "a hint that loses the history");
}

/** Migrations of which the failure says that nothing is in the database. */
function rolledBack(lines: readonly Line[]): readonly string[] {
  return lines.filter(({ event }) => event === "failed" || event === "failure")
    .flatMap(({ message, hint, facts }) => {
      const { database, version } = (facts ?? {}) as Line;
      const says = /rolled back/.test(`${message} ${hint}`);
      return says && version !== undefined ? [`${database} ${version}`] : [];
    });
}

/** JSON lines, without one that was cut off. */
function linesOf({ stdout }: Finished): readonly Line[] {
  return stdout.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Line);
}

/** How a run ended, in a few words: `3 connection/lost`. */
export function endOf(ended: Finished): string {
  const code = linesOf(ended).at(-1)?.["code"];
  return `${ended.status ?? ended.signal}${code === undefined ? "" : ` ${code}`}`;
}

/**
 * Runs `up` until the database is up to date, with what the documentation says that a person does.
 *
 * @returns What it needed.
 */
export async function bringUp(subject: Subject): Promise<Mending> {
  const { directory, server, database, url = server.url(database) } = subject;
  const where = ["--migrations", directory, "--database-url", url];
  const run = (...args: readonly string[]) =>
    runMigrator([...args, "--json", ...where], { timeout: 2 * PATIENCE });
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

/** The database is as an undisturbed run leaves it, and no lock or session is left behind. */
export async function mustBeWhole(subject: Subject): Promise<void> {
  const { server, database, expected } = subject;
  assert.equal(await contents(server, database), expected);
  await mustHaveHistory(subject);
  await mustLeaveNothing(subject);
}

/** Each migration once, none dirty, all durable. */
export async function mustHaveHistory(
  subject: Pick<Subject, "server" | "database">,
): Promise<void> {
  const { applied, dirty, open, durable } = await readHistory(subject);
  assert.deepEqual([...applied].sort(), allOf(subject.server));
  assert.deepEqual({ dirty, open, durable }, { dirty: 0, open: 0, durable: true });
}

function allOf({ major }: Server): readonly string[] {
  return Object.entries(productFor(major)).flatMap(([name, list]) =>
    list.map((_, index) => `${name} ${index + 1}`)
  ).sort();
}

interface HistoryFound {
  /** `database version` of every successful attempt: twice if it was applied twice. */
  readonly applied: readonly string[];
  readonly dirty: number;
  /** Attempts in a transaction that have no end. */
  readonly open: number;
  readonly durable: boolean;
}

async function readHistory(
  { server, database }: Pick<Subject, "server" | "database">,
): Promise<HistoryFound> {
  const [found] = await server.sql(
    database,
    "SELECT to_regclass('migrator.migration_logs') IS NOT NULL AS found",
  );
  if (!found?.["found"]) return { applied: [], dirty: 0, open: 0, durable: false };
  const [row] = await server.sql(
    database,
    `SELECT
      (SELECT coalesce(json_agg(database || ' ' || version ORDER BY id), '[]')
        FROM migrator.migration_logs WHERE success AND direction = 'up')::text AS applied,
      (SELECT count(*)::int FROM migrator.dirty) AS dirty,
      (SELECT count(*)::int FROM migrator.migration_logs
        WHERE transactional AND success IS NULL) AS open,
      (SELECT coalesce(bool_and(fence = durable_fence), false) FROM migrator.databases) AS durable`,
  );
  return { ...row, applied: JSON.parse(String(row?.["applied"])) } as unknown as HistoryFound;
}

/** Waits until no lock and no session of the run is left. */
export async function mustLeaveNothing(
  { server, database }: Pick<Subject, "server" | "database">,
): Promise<void> {
  await eventually(async () => {
    const [row] = await server.sql(
      database,
      `SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
          (SELECT oid FROM pg_database WHERE datname = current_database()))::int +
        (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
          AND application_name LIKE 'migrator%')::int AS left_behind`,
    );
    return row?.["left_behind"] === 0;
  }, { what: "the end of every lock and session of the run" });
}

/** The end of what it printed, and its exit status. */
export function shown({ status, signal, stdout, stderr }: Finished): string {
  return `exit ${status ?? signal}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`;
}

/** The catalog, and a digest of each table's rows. */
export async function contents(server: Server, database: string): Promise<string> {
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
