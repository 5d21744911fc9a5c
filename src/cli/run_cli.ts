/**
 * The command line as a function, for programs that add definitions of their own.
 *
 * @module
 */

import process from "node:process";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { EXIT } from "../failure.ts";
import type { Environment } from "../workspace/workspace.ts";
import { flush, outliveReaders } from "../runtime/terminal.ts";
import type { Source } from "../source/source.ts";

/** Options of `runCli`. All are optional. */
export interface CliOptions extends RegisteredDefinitions {
  /** The words after the program's name. Default: this process's. */
  readonly argv?: readonly string[];
  /** Environment variables. Default: those of this process. */
  readonly environment?: Environment;
  /**
   * Migrations that the program brings along. They take precedence over those that the executable
   * carries; `--migrations` takes precedence over both.
   */
  readonly source?: Source;
}

/**
 * Runs one command as `migrator` does, on the streams of this process. SIGINT, SIGTERM and SIGHUP
 * stop it gracefully.
 *
 * @returns The exit status, after all output was written. Never throws and does not end the
 * process.
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
