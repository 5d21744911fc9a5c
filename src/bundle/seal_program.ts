/**
 * The last step of making a program: its digest goes behind it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import { digestOf, sealText } from "./seal.ts";

/** Seals a program that nothing will change any more. What is behind the seal is not part of it. */
export function sealProgram(file: string): void {
  const fd = fs.openSync(file, "r+");
  try {
    const { size } = fs.fstatSync(fd);
    // As bytes: Deno writes a text at the start of the file, wherever it is told to.
    const seal = Buffer.from(sealText("program", digestOf(fd, 0, size)), "latin1");
    fs.writeSync(fd, seal, 0, seal.length, size);
  } finally {
    fs.closeSync(fd);
  }
}
