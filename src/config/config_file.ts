// Pure.
/**
 * What a project's settings file says, as it is written there: variables are not expanded yet. So an
 * executable can carry it to hosts whose variables are other ones.
 *
 * @module
 */

import type { ConfigKey } from "./keys.ts";

/** The file, without its comments. A part of the bundle's format: fields are only ever added. */
export interface ConfigText {
  /** For people: `migrator.yaml`, `deploy/migrator.yaml`. */
  readonly file: string;
  /** Databases that it names, in its order. */
  readonly databases: readonly string[];
  readonly entries: readonly ConfigEntry[];
}

/** One key and its value. */
export interface ConfigEntry {
  /** Left out: for all databases. */
  readonly database?: string;
  readonly key: ConfigKey;
  readonly value: string | readonly string[];
  /** Where the value stands, from 1. */
  readonly line: number;
  readonly column: number;
}

/** The name of the file that is looked for. */
export const CONFIG_FILE = "migrator.yaml";

/** No settings at all. */
export const EMPTY_CONFIG: ConfigText = { file: CONFIG_FILE, databases: [], entries: [] };

/** How an entry is called: `databases.shop.url`. */
export function nameOf({ database, key }: Pick<ConfigEntry, "database" | "key">): string {
  return database === undefined ? key : `databases.${database}.${key}`;
}
