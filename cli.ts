/**
 * The command line: `deno run -A cli.ts up`, `bun cli.ts up`, or compiled as `./migrator up`.
 *
 * @module
 */

import process from "node:process";
// `runCli` loads it when it is called, for the sake of programs that may never call it.
import "./src/cli/main.ts";
import { runCli } from "./src/cli/run_cli.ts";

process.exit(await runCli());
