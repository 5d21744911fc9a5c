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
const URL = `pglite:${DIRECTORY}`;

if (existsSync(DIRECTORY)) rmSync(DIRECTORY, { recursive: true });

say("Three databases of a small product are brought up, one step at a time, on PostgreSQL 18");
say("that runs inside this process. The first start creates its data directory.");
migrator("up");
say("Where do they stand?");
migrator("status", "--pending");
say("One database goes back to where it began, and up again.");
migrator("down", "--target", "1736244000", "--db", "codeintel");
migrator("status", "--pending");
migrator("up");
const cli = `${deno()} run -A cli.ts`;
say(`Everything is in ${DIRECTORY}/. What to try next:

  ${cli} status --database-url ${URL}
  ${cli} undo --db frontend --database-url ${URL}
  ${cli} describe 1742810400 --database-url ${URL}
  ${cli} add "add repository stars" --db frontend
  ${deno()} task compile && ./dist/migrator help

and with a server of your own:

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
  const { status } = spawnSync(process.execPath, [
    "run",
    "-A",
    "cli.ts",
    ...args,
    "--database-url",
    URL,
  ], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 70);
}

function say(text: string): void {
  console.log(`\n${text}`);
}
