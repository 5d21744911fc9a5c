/**
 * Reads a text file line by line, however long it is.
 *
 * @module
 */

import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";

/**
 * Calls back for each complete line.
 *
 * @returns The SHA-256 of the whole file in hex; undefined when the path is not a regular file or
 * must not be read.
 */
export async function readLines(
  path: string,
  onLine: (line: string) => void,
): Promise<string | undefined> {
  // Reading a pipe would wait until a process writes to it.
  const isFile = await fs.stat(path).then((stat) => stat.isFile(), () => false);
  const file = isFile ? await fs.open(path, "r").catch(() => undefined) : undefined;
  if (file === undefined) return undefined;
  const hash = createHash("sha256");
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of file.createReadStream()) {
    hash.update(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  }
  return hash.digest("hex");
}
