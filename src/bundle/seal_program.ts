/**
 * The last step of building a program: appends its digest.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import { digestOf, sealText } from "./seal.ts";

/** Seals a finished program. Bytes after the seal are not covered. */
export function sealProgram(file: string): void {
  const fd = fs.openSync(file, "r+");
  try {
    const { size } = fs.fstatSync(fd);
    // Write bytes: Deno ignores the position when it writes a string.
    const seal = Buffer.from(sealText("program", digestOf(fd, 0, size)), "latin1");
    fs.writeSync(fd, seal, 0, seal.length, size);
  } finally {
    fs.closeSync(fd);
  }
}
