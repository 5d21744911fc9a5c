/**
 * The command line: `deno run -A cli.ts up`, `bun cli.ts up`, or compiled as `./migrator up`.
 *
 * @module
 */

import process from "node:process";
import { EXIT } from "./src/failure.ts";
import { main } from "./src/cli/main.ts";
import { flush, outliveReaders } from "./src/runtime/terminal.ts";

outliveReaders();
const exit = await main(process.argv.slice(2), process.env);
const unwritten = await flush();
process.exit(exit === EXIT.done && unwritten !== undefined ? EXIT.output : exit);
