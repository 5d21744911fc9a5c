/**
 * The running program as a file.
 *
 * @module
 */

import process from "node:process";
import { type Mark, readMark } from "./mark.ts";

/** Put in the place of this name by `deno task compile`; not defined when run from source. */
declare const MIGRATOR_MARK: string;

/** What this executable says of itself; undefined when run from source. */
export const mark: Mark | undefined = typeof MIGRATOR_MARK === "undefined"
  ? undefined
  : readMark(MIGRATOR_MARK);

/** The running executable, or undefined when run from source: then the file would be the runtime's. */
export function executablePath(): string | undefined {
  return mark && process.execPath;
}
