/**
 * Where a script lies, seen from the current directory.
 *
 * @module
 */

import * as path from "node:path";
import { readRegularFile } from "../runtime/files.ts";

/** A file that was found. */
export interface WorkingFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the file of a script; undefined when it is not there. A script's path begins with the database's
 * directory, which is the directory of migrations itself where there is only one database.
 */
export async function openFile(
  directory: string,
  scriptPath: string,
): Promise<WorkingFile | undefined> {
  for (const base of [directory, path.dirname(path.resolve(directory))]) {
    const full = path.join(base, scriptPath);
    const bytes = await readRegularFile(full);
    if (bytes !== undefined) return { path: shortest(full), bytes };
  }
  return undefined;
}

/** Relative where that does not lead upwards. */
function shortest(full: string): string {
  const relative = path.relative("", full);
  return relative.startsWith("..") ? full : relative;
}
