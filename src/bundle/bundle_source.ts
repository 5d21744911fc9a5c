/**
 * Reads the migrations that an executable carries.
 *
 * @module
 */

import { createHash, type KeyObject } from "node:crypto";
import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import type { Definition, DefinitionSet, Script } from "../definition/migration/definition.ts";
import { SQUASH_FOLDER, squashScript } from "../source/read_squashes.ts";
import type { Listed } from "../definition/layouts/listed.ts";
import { Failure } from "../failure.ts";
import type { ConfigText } from "../config/config_file.ts";
import { withCodeDefinitions } from "../source/code_definitions.ts";
import { RELEASES_FOLDER } from "../source/release_files.ts";
import type { CodeDefinitions, ReleaseFile, Source } from "../source/source.ts";
import { Archive, corrupt } from "./zip_reader.ts";
import {
  BACKGROUND_ENTRY,
  BUNDLE_FORMAT,
  type BundleBackground,
  type BundledScript,
  type BundledScripts,
  type BundleIndex,
  type BundleManifest,
  type BundleScripts,
  fileEntry,
  INDEX_ENTRY,
  type IndexedDatabase,
  MANIFEST_ENTRY,
  SCRIPTS_ENTRY,
} from "./bundle_index.ts";
import { verifyArchive } from "./verify_bundle.ts";

/** The migrations that an executable carries, and the settings of their project. */
export interface BundledSource extends Source {
  /** Undefined when the bundle records no settings. */
  readonly project: ConfigText | undefined;
  /**
   * Compares every byte with what was signed, the program's included.
   *
   * @throws {Failure} `bundle/corrupt`, `bundle/unsigned`, `bundle/signature`.
   */
  verifySignature(publicKey: KeyObject): Promise<void>;
}

/**
 * Opens the bundle at the end of a file. The file stays open until the process ends, so a running
 * program keeps its migrations when its executable is replaced.
 *
 * @returns Undefined when the file carries no bundle.
 * @throws {Failure} `bundle/corrupt`, `bundle/format`, `bundle/unreadable`.
 */
// deno-lint-ignore require-await -- what it throws is a rejection
export async function openBundle(path: string): Promise<BundledSource | undefined> {
  const archive = Archive.open(path);
  return archive && new BundleSource(archive, readIndex(archive));
}

class BundleSource implements BundledSource {
  readonly label: string;
  readonly project: ConfigText | undefined;
  readonly databases: readonly string[];
  #scripts: BundleScripts | undefined;
  #background: BundleBackground | undefined;

  constructor(private readonly archive: Archive, private readonly index: BundleIndex) {
    this.label = `embedded in ${archive.path}`;
    this.databases = index.databases.map(({ name }) => name);
    const { project } = index;
    this.project = project && { ...project, file: `the carried ${project.file}` };
  }

  async load(database: string, codeDefinitions?: CodeDefinitions): Promise<DefinitionSet> {
    const indexed = this.index.databases.find(({ name }) => name === database);
    if (indexed === undefined) {
      throw new Failure(
        "source/unknown-database",
        `There are no migrations of a database "${database}" ${this.label}.`,
        { hint: `It has migrations of ${this.databases.join(", ")}.` },
      );
    }
    const set = this.#set(indexed);
    // The bundle already carries what the program defined when it was made; do not compile it
    // again.
    const isCarried = (name: string) => set.background.some((one) => one.name === name);
    if (codeDefinitions === undefined || codeDefinitions.names.every(isCarried)) return set;
    return {
      ...set,
      background: withCodeDefinitions(set.background, await codeDefinitions.declare()),
    };
  }

  releases(): Promise<readonly ReleaseFile[]> {
    const prefix = fileEntry(`${RELEASES_FOLDER}/`);
    const names = this.archive.names().filter((name) =>
      name.startsWith(prefix) && name.endsWith(".json")
    );
    const decoder = new TextDecoder();
    return Promise.resolve(names.map((name) => ({
      path: `${RELEASES_FOLDER}/${name.slice(prefix.length)}`,
      text: decoder.decode(this.archive.read(name)),
    })));
  }

  verify(): void {
    verifyArchive(this.archive);
  }

  async verifySignature(publicKey: KeyObject): Promise<void> {
    const { checkSignature } = await import("./signature.ts");
    const { programDigest } = await import("./program_digest.ts");
    verifyArchive(this.archive);
    const manifest = this.archive.json<BundleManifest>(MANIFEST_ENTRY);
    const program = programDigest(this.archive);
    checkSignature(this.archive, { manifest, program, publicKey });
  }

  list(database: string): Promise<readonly Listed[]> {
    const indexed = this.index.databases.find(({ name }) => name === database);
    const found = indexed?.definitions ?? [];
    return Promise.resolve(
      found.map(({ version, name }) => ({ version: BigInt(version), name })),
    );
  }

  /** The index has every name, so no scripts are read. */
  listNamed(database: string): Promise<readonly Listed[]> {
    return this.list(database);
  }

  #set(
    { name: database, layout, definitions, background, squashes = [] }: IndexedDatabase,
  ): DefinitionSet {
    const backgroundOf = () => background ? this.#backgroundOf(database) : [];
    const scriptsOf = (version: string) => this.#scriptsOf(database, version);
    const toScript = (script: BundledScript) => this.#script(script);
    return {
      database,
      layout,
      definitions: definitions.map(({ version, name, parents, checksum }): Definition => ({
        version: BigInt(version),
        name,
        parents: parents.map(BigInt),
        ...(checksum === undefined ? {} : { upChecksum: checksum }),
        get metadata() {
          return scriptsOf(version).metadata;
        },
        get up() {
          return toScript(scriptsOf(version).up);
        },
        get down() {
          const { down } = scriptsOf(version);
          return down && toScript(down);
        },
        get origin() {
          return scriptsOf(version).origin;
        },
      })),
      get background() {
        return backgroundOf();
      },
      // Those of migrations that have changed since were not carried.
      squashes: squashes.map((version) => {
        const path = `${database}/${SQUASH_FOLDER}/${version}.sql`;
        const read = () => this.archive.read(fileEntry(path));
        return {
          version: BigInt(version),
          path,
          script: () => squashScript(read(), { path, warn: () => {} }),
        };
      }),
    };
  }

  #backgroundOf(database: string): readonly BatchedMigration[] {
    this.#background ??= this.archive.json<BundleBackground>(BACKGROUND_ENTRY);
    const background = this.#background[database];
    if (background !== undefined) return background;
    throw corrupt(this.archive.path, `${BACKGROUND_ENTRY} does not know ${database}`);
  }

  #scriptsOf(database: string, version: string): BundledScripts {
    this.#scripts ??= this.archive.json<BundleScripts>(SCRIPTS_ENTRY);
    const scripts = this.#scripts[database]?.[version];
    if (scripts !== undefined) return scripts;
    throw corrupt(this.archive.path, `${SCRIPTS_ENTRY} does not know ${database} ${version}`);
  }

  #script(bundled: BundledScript): Script {
    const { entry: _, ...script } = bundled;
    return { ...script, read: () => new Promise((resolve) => resolve(this.#text(bundled))) };
  }

  #text({ path, rawChecksum, entry = fileEntry(path) }: BundledScript): string {
    const bytes = this.archive.read(entry);
    if (createHash("sha256").update(bytes).digest("hex") !== rawChecksum) {
      throw corrupt(this.archive.path, `${path} is not the file that was checked`);
    }
    return new TextDecoder().decode(bytes);
  }
}

function readIndex(archive: Archive): BundleIndex {
  const index = archive.json<BundleIndex>(INDEX_ENTRY);
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
