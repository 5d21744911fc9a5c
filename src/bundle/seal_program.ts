/**
 * The last step of making a program: its digest goes behind it.
 *
 * @module
 */

import * as fs from "node:fs";
import { digestOf, sealText } from "./seal.ts";

/** Seals a program that nothing will change any more. What is behind the seal is not part of it. */
export function sealProgram(file: string): void {
  const fd = fs.openSync(file, "r+");
  try {
    const { size } = fs.fstatSync(fd);
    fs.writeSync(fd, sealText("program", digestOf(fd, 0, size)), size, "latin1");
  } finally {
    fs.closeSync(fd);
  }
}
