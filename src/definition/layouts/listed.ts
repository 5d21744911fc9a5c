// Pure.
/**
 * Lists versions by the names of files alone.
 *
 * @module
 */

import type { TreeEntry } from "./layout.ts";
import { compareVersions, versionOf } from "../migration/version.ts";

/** A migration as far as its name tells. */
export interface Listed {
  /** 0 to 2^63 - 1. */
  readonly version: bigint;
  /** The slug of the file or directory. May be empty. */
  readonly name: string;
}

/**
 * What seems to be there, ascending, in whichever layout: for quick answers that promise nothing,
 * because no file is read and nothing is checked.
 */
export function listed(entries: readonly TreeEntry[]): readonly Listed[] {
  const found = namedBy(entries, /^([0-9]+)_(.*?)(?:\.tx)?\.(?:up|down)\.sql$/s);
  // Beside pairs of files, a file without a direction is no migration.
  return found.length > 0 ? found : namedBy(entries, /^([0-9]+)[_-]?(.*)(?<!\.(?:up|down))\.sql$/s);
}

function namedBy(entries: readonly TreeEntry[], file: RegExp): readonly Listed[] {
  const found = new Map<bigint, Listed>();
  for (const { name: entry, isDirectory } of entries) {
    const [, digits, name = ""] =
      (isDirectory ? /^([0-9]+(?:-[0-9]+)*)(?:_(.*))?$/s : file).exec(entry) ?? [];
    const version = digits === undefined ? undefined : versionOf(digits.replaceAll("-", ""));
    if (version !== undefined) found.set(version, { version, name });
  }
  return [...found.values()].sort((a, b) => compareVersions(a.version, b.version));
}
