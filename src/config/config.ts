// Pure.
/**
 * A project's settings, as they hold on this host.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { type ConfigKey, KEYS, type Value } from "./keys.ts";
import type { ValueType } from "./setting_type.ts";
import { type ConfigEntry, type ConfigText, nameOf } from "./config_file.ts";
import { expand } from "./variables.ts";

/** Settings whose variables are expanded when they are asked for: nobody needs all of them. */
export class Config {
  readonly text: ConfigText;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(text: ConfigText, environment: Readonly<Record<string, string | undefined>>) {
    this.text = text;
    this.#environment = environment;
  }

  /**
   * What the file says: for the database, else for all of them, else nothing.
   *
   * @throws {Failure} `settings/unset-variable`, `settings/wrong-type`, `settings/bad-variable`.
   */
  value<K extends ConfigKey>(key: K, database?: string): Value<K> | undefined {
    const entry = this.#entry(key, database);
    if (entry === undefined) return undefined;
    const { valueType, list } = KEYS[key];
    const values = [entry.value].flat().map((text) => this.#read(text, { valueType, entry }));
    return (list ? values : values[0]) as Value<K>;
  }

  /** What to call it in messages: `databases.shop.url in migrator.yaml`; undefined when it is not there. */
  originOf(key: ConfigKey, database?: string): string | undefined {
    const entry = this.#entry(key, database);
    return entry && `${nameOf(entry)} in ${this.text.file}`;
  }

  #entry(key: ConfigKey, database: string | undefined): ConfigEntry | undefined {
    const entries = this.text.entries.filter((entry) => entry.key === key);
    return entries.find((entry) => database !== undefined && entry.database === database) ??
      entries.find((entry) => entry.database === undefined);
  }

  #read(
    text: string,
    { valueType, entry }: { readonly valueType: ValueType<unknown>; readonly entry: ConfigEntry },
  ): unknown {
    const { line, column } = entry;
    const { file } = this.text;
    const place = { file, line, column };
    const found = expand(text, this.#environment);
    if (found.kind === "text") {
      const value = valueType.read(found.text);
      if (value !== undefined) return value;
      throw new Failure(
        "settings/wrong-type",
        `${nameOf(entry)} in ${file} cannot be used, as its variables are.`,
        { hint: valueType.wants, place },
      );
    }
    if (found.kind === "unset") {
      throw new Failure(
        "settings/unset-variable",
        `${
          nameOf(entry)
        } in ${file} needs the environment variable ${found.name}, which is not set.`,
        {
          hint: `export ${found.name}=…, or give a default in the file: \${${found.name}:-…}`,
          place,
          facts: { variable: found.name },
        },
      );
    }
    throw new Failure("settings/bad-variable", `${nameOf(entry)} in ${file} cannot be read.`, {
      place,
    });
  }
}
