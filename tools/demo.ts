/**
 * `deno task demo`: the main job on embedded PostgreSQL, with no server at all.
 *
 * Runs the real command line, one process per command, and prints what is typed before each.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
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
say(`Everything is in ${DIRECTORY}/. What to try next:

  deno run -A cli.ts status --database-url ${URL}
  deno run -A cli.ts undo --db frontend --database-url ${URL}
  deno run -A cli.ts describe 1742810400 --database-url ${URL}
  deno run -A cli.ts add "add repository stars" --db frontend
  deno task compile && ./dist/migrator help

and with a server of your own:

  deno run -A cli.ts up --database-url postgres://you@localhost/scratch`);

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
