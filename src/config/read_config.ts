// Pure.
/**
 * `migrator.yaml`, read: what is wrong with it is told with line and column, all at once.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { type CodeOf, Failure, throwCollected } from "../failure.ts";
import { suggest } from "../suggest.ts";
import { pairsOf, type ParsedYaml, parseYaml, wordOf, type YamlPair } from "../yaml/parse_yaml.ts";
import { type ConfigKey, DATABASE_KEYS, KEY_NAMES, KEYS, type KeySpec } from "./keys.ts";
import { type ConfigEntry, type ConfigText, nameOf } from "./config_file.ts";
import { expand, hasVariables } from "./variables.ts";

/** The key that holds the databases. */
const DATABASES = "databases";

/** Other tools' words, and other ways to say ours. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  database_url: "url",
  databaseUrl: "url",
  dsn: "url",
  schema: "historySchema",
  dir: "migrations",
  path: "migrations",
};

/**
 * Reads the text of a settings file.
 *
 * @throws {Failure | Failures} `settings/unreadable-file`, `settings/unknown-key`,
 * `settings/duplicate-key`, `settings/wrong-type`, `settings/bad-variable`.
 */
export function readConfig(text: string, file: string): ConfigText {
  const yaml = parseYaml(text, { allowDuplicates: true });
  const reader = new Reader(yaml, file);
  const problem = yaml.problem ?? yaml.warning;
  if (problem !== undefined) {
    // After a colon it quotes the file, which may have a password there.
    const [reason] = problem.reason.split(": ");
    reader.refuse(problem.offset, "settings/unreadable-file", {
      message: `${file} is not valid YAML: ${clause(reason ?? "")}.`,
      hint: "Correct the YAML at this place.",
    });
  } else reader.read();
  throwCollected(reader.defects());
  return { file, databases: reader.databases, entries: reader.entries };
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

class Reader {
  readonly databases: string[] = [];
  readonly entries: ConfigEntry[] = [];
  readonly #defects: { readonly offset: number; readonly failure: Failure }[] = [];
  readonly #yaml: ParsedYaml;
  readonly #file: string;

  constructor(yaml: ParsedYaml, file: string) {
    this.#yaml = yaml;
    this.#file = file;
  }

  /** In the order of the file. */
  defects(): readonly Failure[] {
    return this.#defects.sort((a, b) => a.offset - b.offset).map(({ failure }) => failure);
  }

  refuse(offset: number, code: CodeOf<"settings">, { message, hint }: Words): void {
    const place = { file: this.#file, ...this.#yaml.placeAt(offset) };
    this.#defects.push({ offset, failure: new Failure(code, message, { hint, place }) });
  }

  read(): void {
    for (const { name, offset, value } of this.#pairs(this.#yaml.contents)) {
      if (name === DATABASES) this.#readDatabases(value, offset);
      else this.#readKey(name, { offset, value, known: KEY_NAMES });
    }
  }

  #readDatabases(node: Node | null, at: number): void {
    for (const { name, value } of this.#pairs(node, at)) {
      this.databases.push(name);
      for (const pair of this.#pairs(value)) {
        this.#readKey(pair.name, { ...pair, known: DATABASE_KEYS, database: name });
      }
    }
  }

  /** The keys of a mapping, each once. An empty value is an empty mapping. */
  *#pairs(given: Node | null, at = 0): Generator<YamlPair, void, undefined> {
    const node = this.#yaml.resolve(given);
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) {
      this.refuse(given?.range?.[0] ?? at, "settings/wrong-type", {
        message: `${this.#file} has something else here than a mapping of keys to values.`,
        hint: "Write one `key: value` a line, such as `migrations: db/migrations`.",
      });
      return;
    }
    const seen = new Set<string>();
    for (const pair of pairsOf(node)) {
      const { name } = pair;
      if (seen.has(name)) {
        this.refuse(pair.offset, "settings/duplicate-key", {
          message: `${this.#file} says ${name} twice.`,
          hint: "Remove one of them.",
        });
      } else yield pair;
      seen.add(name);
    }
  }

  #readKey(
    name: string,
    { offset, value: given, known, database }: {
      readonly offset: number;
      readonly value: Node | null;
      readonly known: readonly ConfigKey[];
      readonly database?: string;
    },
  ): void {
    const key = known.find((one) => one === name);
    if (key === undefined) return this.#unknown(name, { offset, known, database });
    const node = this.#yaml.resolve(given);
    const at = given?.range?.[0] ?? offset;
    const of = database === undefined ? { key } : { database, key };
    const { valueType, list, isMapping }: KeySpec<unknown> = KEYS[key];
    const texts = list && isMapping && isMap(node)
      ? this.#assignments(node as YAMLMap<Node, Node | null>)
      : list
      ? isSeq(node) ? (node.items as (Node | null)[]).map((item) => this.#textOf(item)) : undefined
      : [this.#textOf(node)];
    if (texts === undefined || texts.includes(undefined)) {
      return this.refuse(at, "settings/wrong-type", {
        message: `${this.#file} has no value for ${nameOf(of)} that can be used.`,
        hint: list && isMapping
          ? `Write a mapping: \`${name}: {first: value, second: value}\`.`
          : list
          ? `Write a list: \`${name}: [first, second]\`.`
          : valueType.wants,
      });
    }
    for (const text of texts as string[]) this.#check(text, { of, at });
    const value = list ? texts as string[] : texts[0] as string;
    this.entries.push({ ...of, value, ...this.#yaml.placeAt(at) });
  }

  /** What has variables is known when they are; the rest is checked at once. */
  #check(
    text: string,
    { of, at }: { readonly of: Pick<ConfigEntry, "database" | "key">; readonly at: number },
  ): void {
    const { valueType } = KEYS[of.key];
    if (expand(text, {}).kind === "malformed") {
      this.refuse(at, "settings/bad-variable", {
        message: `${this.#file} has a "\${" in ${nameOf(of)} that begins no variable.`,
        hint: "Write ${NAME} or ${NAME:-default}, without variables in the default; $${ stands " +
          "for ${ itself.",
      });
    } else if (!hasVariables(text) && valueType.read(text) === undefined) {
      this.refuse(at, "settings/wrong-type", {
        message: `${this.#file} has a value for ${nameOf(of)} that cannot be used.`,
        hint: valueType.wants,
      });
    }
  }

  #unknown(
    name: string,
    { offset, known, database }: {
      readonly offset: number;
      readonly known: readonly ConfigKey[];
      readonly database: string | undefined;
    },
  ): void {
    const isForAll = KEY_NAMES.some((key) => key === name);
    const words = database === undefined ? [...known, DATABASES] : known;
    const other = OTHER_WORDS[name];
    const meant = words.find((word) => word === other) ?? suggest(name, words);
    const where = database === undefined ? "" : ` in databases.${database}`;
    this.refuse(offset, "settings/unknown-key", {
      message: `${this.#file} has the unknown key ${name}${where}.`,
      hint: isForAll
        ? `Move it to the left margin: ${name} holds for all databases.`
        : meant === undefined
        ? `Remove it; known keys are ${words.join(", ")}.`
        : `Did you mean \`${meant}\`?`,
    });
  }

  /** Numbers and the like are read as they are written. */
  #textOf(node: Node | null): string | undefined {
    return wordOf(this.#yaml.resolve(node));
  }

  /** A mapping as the list that it stands for: `name=value`. */
  #assignments(map: YAMLMap<Node, Node | null>): readonly (string | undefined)[] {
    return map.items.map(({ key, value }) => {
      const [name, text] = [this.#textOf(key), this.#textOf(value)];
      return name === undefined || text === undefined ? undefined : `${name}=${text}`;
    });
  }
}
