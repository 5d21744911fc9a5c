// Pure.
/**
 * Reads a YAML file with known keys; every defect has a place and a hint.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { Failure, type Place } from "../failure.ts";
import { parseDuration } from "../format/duration.ts";
import { suggest } from "../suggest.ts";
import { pairsOf, parseYaml, wordOf } from "./parse_yaml.ts";

/** YAML can express NUL; PostgreSQL's text cannot contain it. */
const NO_NUL = "Remove the NUL character (`\\0`): PostgreSQL cannot store it.";

/** Options for reading a file. */
export interface YamlOptions<Key extends string> {
  readonly path: string;
  readonly report: (defect: Failure) => void;
  readonly keys: readonly Key[];
  /** The known key for another tool's name. */
  readonly otherWords?: Readonly<Record<string, Key>>;
  /** A valid line of such a file, for the hint when the file is not a mapping. */
  readonly example: string;
}

/**
 * Reads a file; reports unknown keys.
 *
 * @returns Undefined, after a report, when it is not a YAML mapping.
 */
export function readMapping<Key extends string>(
  text: string,
  options: YamlOptions<Key>,
): YamlMapping<Key> | undefined {
  const { path, report } = options;
  const { contents, problem, placeAt: positionAt } = parseYaml(text);
  const placeAt = (offset: number) => ({ file: path, ...positionAt(offset) });
  if (problem !== undefined) {
    report(
      new Failure(
        "definition/unreadable-metadata",
        `${path} is not valid YAML: ${clause(problem.reason)}.`,
        { hint: "Correct the YAML at this place.", place: placeAt(problem.offset) },
      ),
    );
    return undefined;
  }
  if (contents !== null && !isMap(contents)) {
    report(
      new Failure("definition/unreadable-metadata", `${path} is not a mapping of keys to values.`, {
        hint: `Write one \`key: value\` a line, such as \`${options.example}\`.`,
        place: placeAt(contents.range?.[0] ?? 0),
      }),
    );
    return undefined;
  }
  return new YamlMapping(contents, { ...options, text, placeAt, offset: 0, prefix: "" });
}

/** The defects in the order of their places in the file. */
export function inOrderOfPlaces(defects: readonly Failure[]): readonly Failure[] {
  const position = ({ place }: Failure) => (place?.line ?? 0) * 1e6 + (place?.column ?? 0);
  return defects.toSorted((a, b) => position(a) - position(b));
}

interface MappingOptions<Key extends string> extends YamlOptions<Key> {
  readonly text: string;
  readonly placeAt: (offset: number) => Required<Place>;
  /** Offset of the mapping itself. */
  readonly offset: number;
  /** Prefix of key names in messages: `throttle.`. */
  readonly prefix: string;
}

/** The most unknown keys to report per mapping. */
const MAX_UNKNOWN = 20;

/** The values of the known keys. Invalid values are reported and returned as undefined. */
export class YamlMapping<Key extends string> {
  readonly #values = new Map<string, Node | null>();
  readonly #offsets = new Map<string, number>();
  readonly #options: MappingOptions<string>;

  constructor(map: YAMLMap | null, options: MappingOptions<Key>) {
    this.#options = options;
    let unknown = 0;
    for (const { name, offset, value } of map === null ? [] : pairsOf(map)) {
      const known = options.keys.find((candidate) => candidate === name);
      // Report no more: this is probably another kind of file.
      if (known === undefined) unknown++ < MAX_UNKNOWN && this.#unknown(name, offset);
      else {
        this.#values.set(known, value);
        this.#offsets.set(known, offset);
      }
    }
  }

  has(key: Key): boolean {
    return this.#values.has(key);
  }

  node(key: Key): Node | null | undefined {
    return this.#values.get(key);
  }

  /** The text of the file. */
  get text(): string {
    return this.#options.text;
  }

  placeAt(offset: number): Required<Place> {
    return this.#options.placeAt(offset);
  }

  /** The place of a value, else of its key, else of the mapping. */
  placeOf(key: Key, node?: Node | null): Required<Place> {
    return this.placeAt(node?.range?.[0] ?? this.#offsets.get(key) ?? this.#options.offset);
  }

  /** Reports a value of a kind that the key does not accept. */
  wrong(key: Key, { node, hint }: { readonly node?: Node | null; readonly hint: string }): void {
    this.#options.report(
      new Failure(
        "definition/wrong-type",
        `${this.#options.path} has a value for \`${this.#name(key)}\` that cannot be used.`,
        { hint, place: this.placeOf(key, node) },
      ),
    );
  }

  flag(key: Key): boolean {
    const node = this.#values.get(key);
    if (node === undefined) return false;
    if (isScalar(node) && typeof node.value === "boolean") return node.value;
    this.wrong(key, { node, hint: `Write \`${key}: true\` or \`${key}: false\`.` });
    return false;
  }

  /** A text. Numbers and the like are returned as written. */
  string(key: Key, { mayBeEmpty = false, hint = `Write some text: \`${key}: "…"\`.` } = {}):
    | string
    | undefined {
    const node = this.#values.get(key);
    if (node === undefined) return undefined;
    const text = wordOf(node);
    if (text?.includes("\0")) {
      this.wrong(key, { node, hint: NO_NUL });
      return undefined;
    }
    if (text !== undefined && (mayBeEmpty || text.trim() !== "")) return text;
    this.wrong(key, { node, hint });
    return undefined;
  }

  /** One word, or a list of words; each with its node. */
  strings(
    key: Key,
    hint: string,
  ): readonly { readonly word: string; readonly node: Node | null }[] {
    const node = this.#values.get(key);
    if (node === undefined) return [];
    const items = isSeq(node) ? node.items as (Node | null)[] : [node];
    return items.flatMap((item) => {
      const word = wordOf(item);
      const hasNul = word?.includes("\0") === true;
      if (word !== undefined && word.trim() !== "" && !hasNul) return [{ word, node: item }];
      this.wrong(key, { node: item, hint: hasNul ? NO_NUL : hint });
      return [];
    });
  }

  /** Milliseconds. A number without a unit is accepted as milliseconds: such files are shipped. */
  duration(key: Key, { least = 0 } = {}): number | undefined {
    const node = this.#values.get(key);
    if (node === undefined) return undefined;
    const options = { least, hasNone: least === 0, isShipped: true };
    const parsed = parseDuration(wordOf(node) ?? "", options);
    if (parsed.milliseconds !== undefined) return parsed.milliseconds;
    this.wrong(key, { node, hint: sentence(parsed.repair) });
    return undefined;
  }

  wholeNumber(
    key: Key,
    { least, most = 2 ** 31 - 1 }: { readonly least: number; readonly most?: number },
  ): number | undefined {
    const node = this.#values.get(key);
    if (node === undefined) return undefined;
    const value = isScalar(node) && typeof node.value === "bigint" ? Number(node.value) : undefined;
    if (value !== undefined && value >= least && value <= most) return value;
    this.wrong(key, { node, hint: `Write a whole number from ${least} to ${most}.` });
    return undefined;
  }

  /** A mapping inside this one; undefined when it is absent. */
  mapping<Inner extends string>(
    key: Key,
    { keys, example }: { readonly keys: readonly Inner[]; readonly example: string },
  ): YamlMapping<Inner> | undefined {
    const node = this.#values.get(key);
    if (node === undefined) return undefined;
    if (!isMap(node)) {
      this.wrong(key, { node, hint: `Write keys below it, indented: \`${example}\`.` });
      return undefined;
    }
    const { path, report, text, placeAt } = this.#options;
    const prefix = `${this.#name(key)}.`;
    const offset = node.range?.[0] ?? 0;
    return new YamlMapping(node, { path, report, text, placeAt, keys, example, offset, prefix });
  }

  #name(key: string): string {
    return `${this.#options.prefix}${key}`;
  }

  #unknown(name: string, offset: number): void {
    const { path, keys, otherWords = {} } = this.#options;
    const camelCase = name.replaceAll(/_+([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const meant = Object.hasOwn(otherWords, name)
      ? otherWords[name]
      : suggest(name, keys) ?? suggest(camelCase, keys);
    this.#options.report(
      new Failure("definition/unknown-key", `${path} has the unknown key ${this.#name(name)}.`, {
        hint: meant === undefined
          ? `Remove it; known keys are ${keys.join(", ")}.`
          : `Did you mean \`${meant}\`?`,
        place: this.placeAt(offset),
      }),
    );
  }
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
