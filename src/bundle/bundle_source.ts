/**
 * The migrations that an executable carries.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Definition, DefinitionSet, Script, Statement } from "../definition/definition.ts";
import { Failure } from "../failure.ts";
import type { Source } from "../source/source.ts";
import { Archive, corrupt } from "./archive.ts";
import {
  BUNDLE_FORMAT,
  type BundleIndex,
  type BundleStatements,
  fileEntry,
  INDEX_ENTRY,
  type IndexedDatabase,
  type IndexedScript,
  STATEMENTS_ENTRY,
} from "./bundle_index.ts";

/**
 * Opens the bundle at the end of a file. The file stays open for as long as the process lives: a
 * running program goes on with the migrations that it began with when its executable is replaced.
 *
 * @returns Undefined when the file carries none.
 * @throws {Failure} `bundle/corrupt`, `bundle/format`, `bundle/unreadable`.
 */
export function openBundle(path: string): Promise<Source | undefined> {
  return Promise.try(() => {
    const archive = Archive.open(path);
    return archive && new BundleSource(archive, readIndex(archive));
  });
}

class BundleSource implements Source {
  readonly label: string;
  readonly databases: readonly string[];
  #statements: BundleStatements | undefined;

  constructor(private readonly archive: Archive, private readonly index: BundleIndex) {
    this.label = `embedded in ${archive.path}`;
    this.databases = index.databases.map(({ name }) => name);
  }

  load(database: string): Promise<DefinitionSet> {
    const indexed = this.index.databases.find(({ name }) => name === database);
    if (indexed === undefined) {
      return Promise.reject(
        new Failure(
          "source/unknown-database",
          `There are no migrations of a database "${database}" ${this.label}.`,
          { hint: `It has migrations of ${this.databases.join(", ")}.` },
        ),
      );
    }
    return Promise.resolve(this.#set(indexed));
  }

  #set({ name, layout, definitions }: IndexedDatabase): DefinitionSet {
    return {
      database: name,
      layout,
      definitions: definitions.map((definition): Definition => ({
        version: BigInt(definition.version),
        name: definition.name,
        parents: definition.parents.map(BigInt),
        metadata: definition.metadata,
        up: this.#script(definition.up),
        down: definition.down && this.#script(definition.down),
      })),
    };
  }

  #script(script: IndexedScript): Script {
    const statements = () => this.#statementsOf(script.path);
    const read = () => Promise.try(() => this.#text(script));
    return {
      ...script,
      get statements() {
        return statements();
      },
      read,
    };
  }

  #statementsOf(path: string): readonly Statement[] {
    this.#statements ??= parseEntry<BundleStatements>(this.archive, STATEMENTS_ENTRY);
    const statements = this.#statements[path];
    if (statements === undefined) {
      throw corrupt(this.archive.path, `${STATEMENTS_ENTRY} does not know ${path}`);
    }
    return statements;
  }

  #text({ path, rawChecksum }: IndexedScript): string {
    const bytes = this.archive.read(fileEntry(path));
    if (createHash("sha256").update(bytes).digest("hex") !== rawChecksum) {
      throw corrupt(this.archive.path, `${path} is not the file that was checked`);
    }
    return new TextDecoder().decode(bytes);
  }
}

function readIndex(archive: Archive): BundleIndex {
  const index = parseEntry<BundleIndex>(archive, INDEX_ENTRY);
  if (index.format > BUNDLE_FORMAT) {
    throw new Failure(
      "bundle/format",
      `The migrations inside ${archive.path} are in format ${index.format}, written by migrator ` +
        `${index.tool}; this program reads formats up to ${BUNDLE_FORMAT}.`,
      { hint: `Use migrator ${index.tool} or newer.` },
    );
  }
  return index;
}

function parseEntry<T>(archive: Archive, name: string): T {
  const text = new TextDecoder().decode(archive.read(name));
  try {
    return JSON.parse(text) as T;
  } catch {
    throw corrupt(archive.path, `${name} is not JSON`);
  }
}
