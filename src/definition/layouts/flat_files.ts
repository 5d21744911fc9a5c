// Pure.
/**
 * `<version>_<title>.up.sql` and `<version>_<title>.down.sql`, which golang-migrate and bun share.
 *
 * @module
 */

import type { Direction } from "../migration/definition.ts";
import {
  duplicateVersion,
  type LayoutOptions,
  malformedName,
  type TreeEntry,
  versionTooLarge,
} from "./layout.ts";
import type { LinearFile, LinearMigration } from "./linear_layout.ts";
import { versionOf } from "../migration/version.ts";

/** One file, by its name. */
export interface FlatFile {
  readonly name: string;
  /** The version as it is written. */
  readonly digits: string;
  readonly title: string;
  /** bun's `.tx` stands before the direction. */
  readonly tx: boolean;
}

/** The files of one version. */
export type FlatPair = { readonly [direction in Direction]?: FlatFile };

/** True for an entry that only a migration in a flat layout is called. */
export function isFlatFile({ name, isDirectory }: TreeEntry): boolean {
  return !isDirectory && /^[0-9].*\.(up|down)\.sql$/s.test(name);
}

/** Something else behind `.up` or `.down` than `.sql`, or other letters: `1_x.UP.SQL`, `1_x.up.sql~`; Go is bun's. */
const ALMOST = /^[0-9].*\.(up|down)\.(?!go$)[^.]/is;

/** Left behind by editors and by merging. */
const BACKUP = /(~|#|\.(bak|old|orig|rej|save|sw[a-p]|tmp))$/i;

/**
 * Pairs by version. Names that were surely meant to be a migration's are reported, and so are two
 * that claim one version; what editors leave behind is passed over. A name without a title, which
 * golang-migrate and bun do not read either, is a warning.
 */
export function pairUp(
  entries: readonly TreeEntry[],
  { database, report, warn }: LayoutOptions,
): ReadonlyMap<bigint, FlatPair> {
  const pairs = new Map<bigint, FlatPair>();
  for (const entry of entries) {
    if (entry.isDirectory || !ALMOST.test(entry.name) || BACKUP.test(entry.name)) continue;
    const path = `${database}/${entry.name}`;
    const match = /^([0-9]+)_(.*?)(\.tx)?\.(up|down)\.sql$/s.exec(entry.name);
    if (match === null && /^[0-9]+\.(up|down)\.sql$/.test(entry.name)) {
      warn?.(`${path} is not read: migrations are called <version>_<title>.up.sql`);
      continue;
    }
    if (match === null) {
      const [, direction] = ALMOST.exec(entry.name)!;
      const expected = `<version>_<title>.${direction!.toLowerCase()}.sql`;
      malformedName(path, { expected, report });
      continue;
    }
    const version = versionOf(match[1]!);
    if (version === undefined) {
      versionTooLarge(path, report);
      continue;
    }
    const direction = match[4] as Direction;
    const pair = pairs.get(version) ?? {};
    const other = pair[direction];
    if (other !== undefined) {
      duplicateVersion(version, { paths: [`${database}/${other.name}`, path], report });
      continue;
    }
    const file = {
      name: entry.name,
      digits: match[1]!,
      title: match[2]!,
      tx: match[3] !== undefined,
    };
    pairs.set(version, { ...pair, [direction]: file });
  }
  return pairs;
}

/** A pair as a migration of a line. */
export function linearMigration({ up, down }: FlatPair): LinearMigration {
  const either = up ?? down!;
  const file = (direction: Direction, found: FlatFile | undefined): LinearFile => ({
    path: found?.name ?? either.name.replace(/\.(up|down)\.sql$/, `.${direction}.sql`),
    exists: found !== undefined,
  });
  return {
    name: either.title,
    home: either.name,
    up: file("up", up),
    down: file("down", down),
    transactionNone: false,
  };
}
