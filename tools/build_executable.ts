/**
 * The part of `deno task compile` that Bun runs, because only Bun can make its executables:
 * `bun tools/build_executable.ts JSON`, which is a `BuildOrder`.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { compileProgram, type CompileProgramOptions } from "../src/bundle/compile_program.ts";
import { makeTemplate } from "../src/connection/pglite/template.ts";

/** What to build. */
export interface BuildOrder {
  /** Where the data directory for embedded PostgreSQL is put, on its way into all of them. */
  readonly template: string;
  readonly executables: readonly Required<
    Pick<CompileProgramOptions, "target" | "bun" | "output">
  >[];
}

const { template, executables } = JSON.parse(process.argv[2] ?? "") as BuildOrder;
await fs.writeFile(template, await makeTemplate());
const entrypoint = fileURLToPath(new URL("../cli.ts", import.meta.url));
for (const executable of executables) await compileProgram({ ...executable, entrypoint, template });
// The engine that made the template keeps nothing that matters.
process.exit(0);
