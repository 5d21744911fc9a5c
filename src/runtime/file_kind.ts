/**
 * Names the kind of file at a path.
 *
 * @module
 */

import type { Stats } from "node:fs";

/** `a named pipe`, `a socket`, `a device`, `a directory`; undefined for a regular file. */
export function unlessRegular(stat: Stats): string | undefined {
  if (stat.isFile()) return undefined;
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a named pipe";
  if (stat.isSocket()) return "a socket";
  return stat.isCharacterDevice() || stat.isBlockDevice() ? "a device" : "no regular file";
}
