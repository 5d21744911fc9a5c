// Pure.
/**
 * Reads the manifest of a release, which people may have edited.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import {
  MANIFEST_FORMAT,
  type ReleaseManifest,
  type ShippedBatched,
  type ShippedDatabase,
  type ShippedMigration,
} from "./release_manifest.ts";
import { isTag } from "./release_order.ts";

/** A file as a source gives it. */
export interface ManifestFile {
  /** For people: `releases/v1.4.0.json`. */
  readonly path: string;
  readonly text: string;
}

/** @throws {Failure} `release/manifest`, `release/format`. */
export function readManifest({ path, text }: ManifestFile): ReleaseManifest {
  const root = new Reading(path, "", parsed({ path, text }));
  const format = root.optional("format", "number", "a number");
  if (format === undefined || format < 1 || !Number.isInteger(format)) {
    throw wrong(path, "format must be a whole number from 1");
  }
  if (format > MANIFEST_FORMAT) {
    throw new Failure(
      "release/format",
      `${path} is in format ${format}, and this program reads formats up to ${MANIFEST_FORMAT}.`,
      { hint: "Use the newer program that wrote it.", place: { file: path } },
    );
  }
  const release = root.tag("release") ?? "";
  const named = /([^/]*)\.json$/.exec(path)?.[1];
  if (release !== named) throw wrong(path, `release must be "${named}", as the file is called`);
  return {
    release,
    after: root.tag("after"),
    from: root.tag("from"),
    stop: root.optional("stop", "boolean", "true or false") ?? false,
    databases: new Map(
      root.inner("databases").entries().map(([name, one]) => [name, database(one)]),
    ),
  };
}

function parsed({ path, text }: ManifestFile): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(path, `it is not JSON (${(error as Error).message})`);
  }
}

function database(reading: Reading): ShippedDatabase {
  return {
    leaves: reading.versions("leaves"),
    migrations: new Map(
      reading.inner("migrations").entries().map(([key, one]) => [one.version(key), migration(one)]),
    ),
    squashed: reading.has("squashed") ? reading.versions("squashed") : [],
    batched: new Map(
      reading.has("batched")
        ? reading.inner("batched").entries().map(([name, one]) => [name, batched(one)])
        : [],
    ),
  };
}

function migration(reading: Reading): ShippedMigration {
  return {
    name: reading.optional("name", "string", "a text") ?? "",
    parents: reading.versions("parents"),
    checksum: reading.optional("checksum", "string", "a text") ?? "",
  };
}

function batched(reading: Reading): ShippedBatched {
  const versionOf = (key: string) => {
    const text = reading.optional(key, "string", "a version in quotes");
    return text === undefined ? undefined : reading.version(text);
  };
  const queuedBy = versionOf("queuedBy");
  if (queuedBy === undefined) throw reading.wrong("queuedBy", "a version in quotes");
  return { queuedBy, finalizedBy: versionOf("finalizedBy"), finishBy: reading.tag("finishBy") };
}

/** The types of plain values, by what `typeof` says. */
interface Plain {
  readonly number: number;
  readonly string: string;
  readonly boolean: boolean;
}

/** A value of the file that must be an object. */
class Reading {
  readonly #object: Readonly<Record<string, unknown>>;

  /** @param at Where it is in the file: `databases.frontend`; empty for the whole. */
  constructor(private readonly path: string, private readonly at: string, value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw wrong(path, `${at || "it"} must be an object`);
    }
    this.#object = value as Readonly<Record<string, unknown>>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  optional<T extends keyof Plain>(key: string, type: T, what: string): Plain[T] | undefined {
    const value = this.has(key) ? this.#object[key] : undefined;
    if (value === undefined || typeof value === type) return value as Plain[T] | undefined;
    throw this.wrong(key, what);
  }

  tag(key: string): string | undefined {
    const text = this.optional(key, "string", "a tag");
    if (text === undefined || isTag(text)) return text;
    throw this.wrong(key, "a tag");
  }

  inner(key: string): Reading {
    return new Reading(this.path, this.#name(key), this.has(key) ? this.#object[key] : undefined);
  }

  entries(): [string, Reading][] {
    return Object.keys(this.#object).map((key) => [key, this.inner(key)]);
  }

  versions(key: string): readonly bigint[] {
    const value = this.has(key) ? this.#object[key] : undefined;
    if (!Array.isArray(value)) throw this.wrong(key, "a list of versions in quotes");
    return value.map((text) => this.version(String(text)));
  }

  version(text: string): bigint {
    if (/^\d{1,19}$/.test(text)) return BigInt(text);
    throw wrong(this.path, `${this.at} has "${text}" in place of a version`);
  }

  wrong(key: string, what: string): Failure {
    return wrong(this.path, `${this.#name(key)} must be ${what}`);
  }

  #name(key: string): string {
    return this.at === "" ? key : `${this.at}.${key}`;
  }
}

function wrong(path: string, why: string): Failure {
  return new Failure("release/manifest", `${path} cannot be read as a release: ${why}.`, {
    hint: "Correct it, or take it from version control again: a release that shipped does not " +
      "change.",
    place: { file: path },
  });
}
