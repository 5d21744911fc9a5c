/**
 * Digests inside an executable: the program's digest follows it, the bundle's digest precedes it.
 * They detect a truncated download and changed bytes.
 *
 * A seal is not a signature: anyone who can change the file can change its seals.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readAt } from "../runtime/read_at.ts";

/** What a seal covers. */
export type Sealed = "program" | "bundle";

const DIGITS = 64;

/** A seal as ASCII text, of fixed length for each kind. */
export function sealText(sealed: Sealed, sha256: string): string {
  return `\n-- migrator ${sealed} sha256 ${sha256} --\n`;
}

/** Length of a seal in bytes. */
export function sealLength(sealed: Sealed): number {
  return sealText(sealed, "0".repeat(DIGITS)).length;
}

/**
 * Reads the digest from a seal.
 *
 * @param end Offset just after the seal.
 * @returns Undefined when there is no seal.
 */
export function readSeal(fd: number, sealed: Sealed, end: number): string | undefined {
  const length = sealLength(sealed);
  const text = readAt(fd, end - length, length).toString("latin1");
  const sha256 = /sha256 ([0-9a-f]{64}) --\n$/.exec(text)?.[1];
  return sha256 !== undefined && text === sealText(sealed, sha256) ? sha256 : undefined;
}

const STEP = 4 * 1024 * 1024;

/**
 * SHA-256 in hex of the bytes from `from` to `to` of an open file; of fewer when the file ends
 * before.
 */
export function digestOf(fd: number, from: number, to: number): string {
  const hash = createHash("sha256");
  for (let position = from; position < to; position += STEP) {
    hash.update(readAt(fd, position, Math.min(STEP, to - position)));
  }
  return hash.digest("hex");
}
