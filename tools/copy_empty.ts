/**
 * Copies an executable without the migrations that it carries.
 *
 * @module
 */

import * as fs from "node:fs";
import { Archive } from "../src/bundle/zip_reader.ts";

/**
 * Copies the program that is in `executable`, and nothing that a bundle has put behind it. Replaces
 * `copy` also while that runs.
 */
export function copyEmpty(executable: string, copy: string): void {
  const archive = Archive.open(executable);
  // An executable that runs cannot be written to; a new file beside it takes its name.
  const written = `${copy}.new`;
  fs.copyFileSync(executable, written);
  if (archive) fs.truncateSync(written, archive.programEnd);
  archive?.close();
  fs.chmodSync(written, 0o755);
  fs.renameSync(written, copy);
}
