/**
 * The command line as a function, for programs that are compiled with something of their own.
 *
 * @module
 */

import process from "node:process";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { EXIT } from "../failure.ts";
import type { Environment } from "../workspace/workspace.ts";
import { flush, outliveReaders } from "../runtime/terminal.ts";
import type { Source } from "../source/source.ts";

/** What a program may say of itself. All of it may be left out. */
export interface CliOptions extends RegisteredDefinitions {
  /** What was typed behind the program's name. Default: this process's. */
  readonly argv?: readonly string[];
  /** Variables. Default: those of this process. */
  readonly environment?: Environment;
  /**
   * Migrations of the program's own, which are taken before those that the executable carries;
   * `--migrations` counts before them.
   */
  readonly source?: Source;
}

/**
 * Runs one command as `migrator` does, on the streams of this process. SIGINT, SIGTERM and SIGHUP stop
 * it in good order while it runs.
 *
 * @returns The exit status, once everything is written. Never throws, and does not end the process.
 */
export async function runCli(options: CliOptions = {}): Promise<number> {
  const { main } = await import("./main.ts");
  const { argv = process.argv.slice(2), environment = process.env, source, jobs, strategies } =
    options;
  outliveReaders();
  const exit = await main(argv, { environment, source, definitions: { jobs, strategies } });
  const unwritten = await flush();
  return exit === EXIT.done && unwritten !== undefined ? EXIT.output : exit;
}
