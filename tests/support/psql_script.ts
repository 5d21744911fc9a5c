/**
 * Scripts that `migrator script` wrote, run by psql, and all that a database holds, for comparing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describeCatalog } from "./catalog.ts";
import type { Server } from "./cluster.ts";
import { runMigrator } from "./command.ts";
import type { Product } from "./harness.ts";
import { psql, type Said } from "./psql.ts";

/** Why tests of scripts are skipped on this machine; false where they run. */
export const NO_PSQL: string | false = psql === undefined ? "there is no psql" : false;

/** What `migrator script …` prints. */
export async function scriptFor(product: Product, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runMigrator(["script", ...words, ...product.args]);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** How to run a script. */
export interface PsqlOptions {
  /** Before the file. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A psql that runs a script. */
export interface RunningPsql {
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
}

/** Starts psql with a script, as its users do. */
export function startPsql(script: string, url: string, options: PsqlOptions = {}): RunningPsql {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-script-"));
  const file = path.join(folder, "script.sql");
  fs.writeFileSync(file, script);
  const child = spawn(psql!, ["-X", "-w", ...options.args ?? [], "-d", url, "-f", file], {
    cwd: "/",
    env: { LC_ALL: "C.UTF-8", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => stdout += String(chunk));
  child.stderr.on("data", (chunk) => stderr += String(chunk));
  const ended = once(child, "close").then(([status]) => {
    fs.rmSync(folder, { recursive: true, force: true });
    return { status: status as number | null, stdout, stderr: stderr.replaceAll(`${folder}/`, "") };
  });
  return { child, ended };
}

/** Runs a script to its end. */
export function runPsql(script: string, url: string, options: PsqlOptions = {}): Promise<Said> {
  return startPsql(script, url, options).ended;
}

/** Runs a script that must end well. */
export async function runsWell(script: string, url: string): Promise<string> {
  const { status, stdout, stderr } = await runPsql(script, url);
  assert.equal(status, 0, stderr + stdout);
  return stdout;
}

/** Every table of a database, with all of its rows, and the catalog: to show that nothing changed. */
export async function everything(server: Server, database: string): Promise<string> {
  const sql = (text: string) => server.sql(database, text);
  const tables = await sql(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1`,
  );
  const rows = [];
  for (const { name } of tables) {
    const found = await sql(`SELECT row(t.*)::text AS line FROM ${name} AS t ORDER BY 1`);
    rows.push(`${name}\n${found.map(({ line }) => `  ${line}\n`).join("")}`);
  }
  return await describeCatalog(sql, {}) + rows.join("");
}

/** What the history says, but for who, when, and in which transaction. */
export async function historyOf(product: Product): Promise<readonly unknown[]> {
  const logs = await product.sql(
    `SELECT database, version, name, direction, transactional, success, statements_done,
      nothing_done, error, checksum, raw_checksum, definition_checksum, backfilled, note,
      xid IS NULL AS has_no_xid, finished_at >= started_at AS in_order, tool_version <> '' AS tool
    FROM migrator.migration_logs ORDER BY id`,
  );
  const kept = await product.sql(
    `SELECT database, version, name, parents::text, metadata::text, up_path, up_sql, up_transaction,
      up_checksum, down_path, down_sql, down_transaction, down_checksum
    FROM migrator.migration_definitions ORDER BY version`,
  );
  const databases = await product.sql(
    `SELECT name, format, lock_key, fence, durable_fence, run_finished_at >= run_started_at AS whole
    FROM migrator.databases ORDER BY name`,
  );
  return [...logs, ...kept, ...databases];
}
