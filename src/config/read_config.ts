// Pure.
/**
 * `migrator.yaml`, read: what is wrong with it is told with line and column, all at once.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { Failure, throwCollected } from "../failure.ts";
import { suggest } from "../suggest.ts";
import { type ConfigKey, DATABASE_KEYS, KEY_NAMES, KEYS } from "./keys.ts";
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
  const counter = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, lineCounter: counter });
  const reader = new Reader(document, { file, counter });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    // Behind a colon it quotes the file, which may have a password there.
    const [reason] = problem.message.split(/ at line |: /);
    reader.refuse(problem.pos[0], "settings/unreadable-file", {
      message: `${file} is not valid YAML: ${reason}.`,
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

type SettingsCode = `settings/${string}`;

class Reader {
  readonly databases: string[] = [];
  readonly entries: ConfigEntry[] = [];
  readonly #defects: { readonly offset: number; readonly failure: Failure }[] = [];
  readonly #document: Document;
  readonly #file: string;
  readonly #counter: LineCounter;

  constructor(
    document: Document,
    { file, counter }: { readonly file: string; readonly counter: LineCounter },
  ) {
    this.#document = document;
    this.#file = file;
    this.#counter = counter;
  }

  /** In the order of the file. */
  defects(): readonly Failure[] {
    return this.#defects.sort((a, b) => a.offset - b.offset).map(({ failure }) => failure);
  }

  refuse(offset: number, code: SettingsCode, { message, hint }: Words): void {
    const place = { file: this.#file, ...this.#placeAt(offset) };
    this.#defects.push({ offset, failure: new Failure(code, message, { hint, place }) });
  }

  read(): void {
    for (const { name, offset, value } of this.#pairs(this.#document.contents as Node | null)) {
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
  *#pairs(given: Node | null, at = 0): Generator<Pair, void, undefined> {
    const node = this.#resolved(given);
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) {
      this.refuse(given?.range?.[0] ?? at, "settings/wrong-type", {
        message: `${this.#file} has something else here than a mapping of keys to values.`,
        hint: "Write one `key: value` a line, such as `migrations: db/migrations`.",
      });
      return;
    }
    const seen = new Set<string>();
    for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
      const offset = key.range?.[0] ?? at;
      const name = isScalar(key) ? String(key.value) : "(a key that is not a word)";
      if (seen.has(name)) {
        this.refuse(offset, "settings/duplicate-key", {
          message: `${this.#file} says ${name} twice.`,
          hint: "Remove one of them.",
        });
      } else yield { name, offset, value };
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
    const node = this.#resolved(given);
    const at = given?.range?.[0] ?? offset;
    const of = database === undefined ? { key } : { database, key };
    const { valueType, list } = KEYS[key];
    const items = list ? (isSeq(node) ? node.items as (Node | null)[] : undefined) : [node];
    const texts = items?.map((item) => this.#textOf(item));
    if (texts === undefined || texts.includes(undefined)) {
      return this.refuse(at, "settings/wrong-type", {
        message: `${this.#file} has no value for ${nameOf(of)} that can be used.`,
        hint: list ? `Write a list: \`${name}: [first, second]\`.` : valueType.wants,
      });
    }
    for (const text of texts as string[]) this.#check(text, { of, at });
    const value = list ? texts as string[] : texts[0] as string;
    this.entries.push({ ...of, value, ...this.#placeAt(at) });
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

  /** Numbers and the like are taken as they are written. */
  #textOf(given: Node | null): string | undefined {
    const node = this.#resolved(given);
    if (!isScalar(node) || node.value === null) return undefined;
    return typeof node.value === "string" ? node.value : node.source ?? String(node.value);
  }

  #resolved(node: Node | null): Node | null {
    return isAlias(node) ? node.resolve(this.#document) ?? null : node;
  }

  #placeAt(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#counter.linePos(offset);
    return { line, column: col };
  }
}

interface Pair {
  readonly name: string;
  readonly offset: number;
  readonly value: Node | null;
}
