/**
 * `deno task demo`: the main job on embedded PostgreSQL, with no server at all.
 *
 * Runs the real command line, one process per command, and prints what is typed before each.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import * as path from "node:path";
import process from "node:process";

const DIRECTORY = ".demo";
const ROWS = 60_000;
const URL = `pglite:${DIRECTORY}`;

if (existsSync(DIRECTORY)) rmSync(DIRECTORY, { recursive: true });

say(`This applies the migrations of a small product's three databases. PostgreSQL 18 runs inside the
process; its first start creates a data directory.`);
migrator("up");
say("Is anything pending?");
migrator("status", "--pending");
say(
  "One database goes back to the previous release. Then it gets rows, as it would have in use.",
);
migrator("down", "--target", "1745488800", "--db", "frontend");
run("tools/fill_demo.ts", URL, String(ROWS));
say(
  `The audit log has ${
    ROWS.toLocaleString("en")
  } entries. The next release adds a column. A trigger fills it for
new entries, and a batched migration is queued for the old ones.`,
);
migrator("up", "--target", "1746095400", "--db", "frontend");
say("A worker fills it in short transactions, while the product runs.");
migrator("background", "work", "--db", "frontend");
say(
  `The release after that relies on the new column. Before it drops the old one, it makes sure that
every entry is copied, and validates a constraint that proves it.`,
);
migrator("up");
const cli = `${deno()} run -A cli.ts`;
say(`The databases are in ${DIRECTORY}/. Try next:

  ${cli} status --database-url ${URL}
  ${cli} background show copy_audit_subjects --database-url ${URL}
  ${cli} background work --database-url ${URL}
  ${cli} background test copy_audit_subjects
  ${cli} undo --db frontend --database-url ${URL}
  ${cli} describe 1742810400 --database-url ${URL}
  ${cli} add "add repository stars" --db frontend
  ${deno()} task compile && ./dist/migrator help

or use a server of your own:

  ${cli} up --database-url postgres://you@localhost/scratch`);

/** How Deno is called on this machine. */
function deno(): string {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  // npx puts a folder of its own there for as long as it runs.
  const isInstalled = folders.some((folder) =>
    !folder.includes("node_modules") && !folder.includes("_npx") &&
    existsSync(path.join(folder, "deno"))
  );
  return isInstalled ? "deno" : "npx --yes deno@2.9.6";
}

function migrator(...args: readonly string[]): void {
  console.log(`\n$ migrator ${args.join(" ")}`);
  run("cli.ts", ...args, "--database-url", URL);
}

function run(program: string, ...args: readonly string[]): void {
  const words = ["run", "-A", program, ...args];
  const { status } = spawnSync(process.execPath, words, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 70);
}

function say(text: string): void {
  console.log(`\n${text}`);
}
