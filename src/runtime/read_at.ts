/**
 * Reads parts of files that are too large to read whole.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as fs from "node:fs";

/**
 * Up to `length` bytes of an open file: fewer at the end of the file, none at a negative position.
 */
export function readAt(fd: number, position: number, length: number): Buffer {
  if (position < 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** What to look for in a file. */
export interface Search<T> {
  readonly words: string;
  /** How many bytes before and after the words `read` examines. */
  readonly around: number;
  /** Undefined when the bytes at `at` are not a match although the words are. */
  read(bytes: Buffer, at: number): T | undefined;
}

/** Searches a whole open file and returns the first result that `read` accepts. */
export function searchFile<T>(fd: number, { words, around, read }: Search<T>): T | undefined {
  const step = 4 * 1024 * 1024;
  const overlap = words.length + 2 * around;
  for (let position = 0;; position += step) {
    const bytes = readAt(fd, position, step + overlap);
    for (let at = bytes.indexOf(words); at >= 0; at = bytes.indexOf(words, at + 1)) {
      const found = read(bytes, at);
      if (found !== undefined) return found;
    }
    if (bytes.length < step) return undefined;
  }
}
