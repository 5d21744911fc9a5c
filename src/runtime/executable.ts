/**
 * The running program as a file.
 *
 * @module
 */

import process from "node:process";
import { type Mark, readMark } from "./executable_mark.ts";

/** Defined by `deno task compile`; not defined when run from source. */
declare const MIGRATOR_MARK: string;

/** The mark of this executable; undefined when run from source. */
export const mark: Mark | undefined = typeof MIGRATOR_MARK === "undefined"
  ? undefined
  : readMark(MIGRATOR_MARK);

/**
 * Path of the running executable; undefined when run from source, where the process is the runtime.
 */
export function executablePath(): string | undefined {
  return mark && process.execPath;
}
