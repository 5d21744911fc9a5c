// Pure.
/**
 * `metadata.yaml`: what an author says about a migration.
 *
 * @module
 */

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { suggest } from "../suggest.ts";
import { Failure } from "../failure.ts";
import type { Metadata } from "./definition.ts";
import { parseDuration } from "./duration.ts";
import { compareVersions, LARGEST_VERSION } from "./version.ts";

/** A metadata file, read. */
export interface MetadataFile {
  readonly name: string | undefined;
  /** Ascending, without repeats. */
  readonly parents: readonly bigint[];
  /** False when some of the parents could not be read. */
  readonly allParents: boolean;
  readonly createIndexConcurrently: boolean;
  readonly transactionNone: boolean;
  readonly metadata: Metadata;
  /** The line where a key stands, or where a parent is listed. */
  lineOf(what: Key | bigint): number | undefined;
}

const KEYS = [
  "name",
  "parents",
  "parent",
  "createIndexConcurrently",
  "privileged",
  "nonIdempotent",
  "transaction",
  "lockTimeout",
  "statementTimeout",
  "irreversible",
  "queues",
  "finalizes",
  "deletes",
  "requiresRelease",
] as const;

/** What a metadata file may hold. */
export type Key = typeof KEYS[number];

/** Keys of the batched background migrations. */
const NOT_YET: readonly Key[] = ["queues", "finalizes", "deletes", "requiresRelease"];

/**
 * Reads a metadata file and reports its defects with line and column.
 *
 * @returns Undefined when the file is not a YAML mapping at all. Otherwise what could be understood;
 * keys with defects are left out.
 */
export function readMetadata(
  text: string,
  { path, report }: { readonly path: string; readonly report: (defect: Failure) => void },
): MetadataFile | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { intAsBigInt: true, lineCounter: counter });
  const placeAt = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { file: path, line, column: col };
  };
  for (const error of document.errors.slice(0, 1)) {
    const reason = error.message.split(" at line ")[0];
    report(
      new Failure("definition/unreadable-metadata", `${path} is not valid YAML: ${reason}.`, {
        hint: "Correct the YAML at this place.",
        place: placeAt(error.pos[0]),
      }),
    );
    return undefined;
  }
  const contents = document.contents;
  if (contents !== null && !isMap(contents)) {
    report(
      new Failure("definition/unreadable-metadata", `${path} is not a mapping of keys to values.`, {
        hint: "Write one `key: value` a line, such as `parents: []`.",
        place: placeAt(contents.range?.[0] ?? 0),
      }),
    );
    return undefined;
  }
  const defects: Failure[] = [];
  const reader = new Reader(contents, { path, report: (defect) => defects.push(defect), placeAt });
  const file = reader.read();
  const position = ({ place }: Failure) => place!.line! * 1e6 + place!.column!;
  for (const defect of defects.sort((a, b) => position(a) - position(b))) report(defect);
  return file;
}

interface ReaderOptions {
  readonly path: string;
  readonly report: (defect: Failure) => void;
  readonly placeAt: (offset: number) => { file: string; line: number; column: number };
}

class Reader {
  readonly #values = new Map<Key, Node | null>();
  readonly #offsets = new Map<Key | bigint, number>();
  readonly #options: ReaderOptions;
  #allParents = true;

  constructor(map: YAMLMap | null, options: ReaderOptions) {
    this.#options = options;
    for (const { key, value } of map?.items ?? []) {
      const name = isScalar(key) ? String(key.value) : "a key that is not a word";
      const offset = isScalar(key) ? key.range?.[0] ?? 0 : 0;
      const known = KEYS.find((candidate) => candidate === name);
      if (known === undefined) this.#unknown(name, offset);
      else {
        this.#values.set(known, value as Node | null);
        this.#offsets.set(known, offset);
      }
    }
  }

  read(): MetadataFile {
    for (const key of NOT_YET.filter((key) => this.#values.has(key))) {
      this.#options.report(
        new Failure(
          "definition/not-supported-yet",
          `${this.#options.path} uses \`${key}\`, but this version of migrator does not run ` +
            "batched background migrations yet.",
          { hint: `Remove \`${key}\` for now.`, place: this.#options.placeAt(this.#offset(key)) },
        ),
      );
    }
    const irreversible = this.#text("irreversible");
    const lockTimeout = this.#duration("lockTimeout");
    const statementTimeout = this.#duration("statementTimeout");
    const parents = new Set([...this.#versions("parents"), ...this.#versions("parent")]);
    return {
      name: this.#text("name"),
      parents: [...parents].sort(compareVersions),
      allParents: this.#allParents,
      createIndexConcurrently: this.#flag("createIndexConcurrently"),
      transactionNone: this.#transactionNone(),
      metadata: {
        privileged: this.#flag("privileged"),
        nonIdempotent: this.#flag("nonIdempotent"),
        ...(irreversible === undefined ? {} : { irreversible }),
        ...(lockTimeout === undefined ? {} : { lockTimeout }),
        ...(statementTimeout === undefined ? {} : { statementTimeout }),
      },
      lineOf: (what) => {
        const offset = this.#offsets.get(what);
        return offset === undefined ? undefined : this.#options.placeAt(offset).line;
      },
    };
  }

  #offset(key: Key): number {
    return this.#offsets.get(key) ?? 0;
  }

  #unknown(name: string, offset: number): void {
    const meant = suggest(name, KEYS);
    this.#options.report(
      new Failure("definition/unknown-key", `${this.#options.path} has the unknown key ${name}.`, {
        hint: meant === undefined
          ? `Remove it; known keys are ${KEYS.join(", ")}.`
          : `Did you mean \`${meant}\`?`,
        place: this.#options.placeAt(offset),
      }),
    );
  }

  #wrong(key: Key, { node, hint }: { readonly node?: Node | null; readonly hint: string }): void {
    this.#options.report(
      new Failure(
        "definition/wrong-type",
        `${this.#options.path} has a value for \`${key}\` that cannot be used.`,
        { hint, place: this.#options.placeAt(node?.range?.[0] ?? this.#offset(key)) },
      ),
    );
  }

  #flag(key: Key): boolean {
    const node = this.#values.get(key);
    if (node === undefined) return false;
    if (isScalar(node) && typeof node.value === "boolean") return node.value;
    this.#wrong(key, { node, hint: `Write \`${key}: true\` or \`${key}: false\`.` });
    return false;
  }

  /** Numbers and the like are taken as they are written. */
  #text(key: Key): string | undefined {
    const node = this.#values.get(key);
    if (node === undefined) return undefined;
    if (isScalar(node) && node.value !== null) {
      const text = typeof node.value === "string" ? node.value : node.source ?? String(node.value);
      if (text.trim() !== "" || key === "name") return text;
    }
    this.#wrong(key, { node, hint: `Write some text: \`${key}: "…"\`.` });
    return undefined;
  }

  #duration(key: Key): number | undefined {
    const node = this.#values.get(key);
    if (node === undefined) return undefined;
    const source = isScalar(node) ? node.source ?? String(node.value) : "";
    const milliseconds = parseDuration(source);
    if (milliseconds === undefined) {
      this.#wrong(key, {
        node,
        hint: "Write a time such as `500ms`, `2s`, `5min`, or 0 for none.",
      });
    }
    return milliseconds;
  }

  #transactionNone(): boolean {
    const node = this.#values.get("transaction");
    if (node === undefined) return false;
    if (isScalar(node) && node.value === "none") return true;
    const hint = "Write `transaction: none`, or leave it out for the usual transaction.";
    this.#wrong("transaction", { node, hint });
    return false;
  }

  #versions(key: "parents" | "parent"): readonly bigint[] {
    const node = this.#values.get(key);
    if (node === undefined) return [];
    const hint = key === "parents"
      ? "Write a list of versions: `parents: [1, 2]`, or `parents: []` for the first migration."
      : "Write one version: `parent: 1`.";
    if (key === "parents" ? !isSeq(node) : !isScalar(node)) {
      this.#allParents = false;
      this.#wrong(key, { node, hint });
      return [];
    }
    const items = isSeq(node) ? node.items as (Node | null)[] : [node];
    return items.flatMap((item) => {
      const value = isScalar(item) ? item.value : undefined;
      if (typeof value === "bigint" && value > LARGEST_VERSION) {
        this.#allParents = false;
        this.#tooLarge(key, item);
        return [];
      }
      if (typeof value !== "bigint" || value < 0n) {
        this.#allParents = false;
        this.#wrong(key, { node: item, hint });
        return [];
      }
      if (!this.#offsets.has(value)) {
        this.#offsets.set(value, item?.range?.[0] ?? this.#offset(key));
      }
      return [value];
    });
  }

  #tooLarge(key: Key, node: Node | null): void {
    this.#options.report(
      new Failure(
        "definition/version-too-large",
        `${this.#options.path} names a parent that is larger than PostgreSQL's bigint.`,
        {
          hint: `Versions go up to ${LARGEST_VERSION}.`,
          place: this.#options.placeAt(node?.range?.[0] ?? this.#offset(key)),
        },
      ),
    );
  }
}
