/**
 * Digests inside an executable: of the program, behind it, and of the migrations, before them. A file
 * that was cut off in a download, or changed on a disk, is told from one that is whole.
 *
 * A seal is no signature: whoever can change the file can change its seals.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readAt } from "../runtime/read_at.ts";

/** What is sealed. */
export type Sealed = "program" | "bundle";

const DIGITS = 64;

/** The text of a seal: ASCII, of one length for each kind. */
export function sealText(sealed: Sealed, sha256: string): string {
  return `\n-- migrator ${sealed} sha256 ${sha256} --\n`;
}

/** Bytes that a seal takes. */
export function sealLength(sealed: Sealed): number {
  return sealText(sealed, "0".repeat(DIGITS)).length;
}

/**
 * The digest that a seal states.
 *
 * @param end Where the seal ends in the file.
 * @returns Undefined where there is no seal.
 */
export function readSeal(fd: number, sealed: Sealed, end: number): string | undefined {
  const length = sealLength(sealed);
  const text = readAt(fd, end - length, length).toString("latin1");
  const sha256 = /sha256 ([0-9a-f]{64}) --\n$/.exec(text)?.[1];
  return sha256 !== undefined && text === sealText(sealed, sha256) ? sha256 : undefined;
}

const STEP = 4 * 1024 * 1024;

/** SHA-256, hex, of a part of an open file; of fewer bytes where the file ends before. */
export function digestOf(fd: number, from: number, to: number): string {
  const hash = createHash("sha256");
  for (let position = from; position < to; position += STEP) {
    hash.update(readAt(fd, position, Math.min(STEP, to - position)));
  }
  return hash.digest("hex");
}
