/**
 * A process that runs one command of the command line after another, for `command_pool.ts`.
 *
 * Each line of its standard input is a `Request` as JSON. The command has this process's streams, working
 * directory and environment to itself while it runs. When it has ended, the mark of the request and
 * the exit status follow on both streams, so that a reader knows that nothing more comes.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";
import "../../src/cli/main.ts";
import { runCli } from "../../src/cli/run_cli.ts";

/** One command to run. */
export interface Request {
  readonly argv: readonly string[];
  /** All variables that it is to see. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Printed behind the output of the command; nothing that the command itself could print. */
  readonly mark: string;
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    await perform(JSON.parse(line) as Request);
  }
  process.exit();
}

async function perform({ argv, env, cwd, mark }: Request): Promise<void> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) {
    if (!(name in env)) delete process.env[name];
  }
  Object.assign(process.env, env);
  const status = await runCli({ argv });
  // The folder may be removed now.
  process.chdir("/");
  for (const stream of [process.stdout, process.stderr]) {
    // `runCli` listens to each once more.
    stream.removeAllListeners("error");
    stream.write(`${mark}${status}\n`);
  }
}
