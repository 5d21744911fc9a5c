/**
 * The program as a file.
 *
 * @module
 */

import process from "node:process";

/** True inside an executable that `deno task compile` made; false when run from source. */
export const isCompiled: boolean = /\/(?:\$bunfs|~BUN)\//.test(import.meta.url);

/** The running executable, or undefined when run from source: then the file would be the runtime's. */
export function executablePath(): string | undefined {
  return isCompiled ? process.execPath : undefined;
}
