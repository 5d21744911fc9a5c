/**
 * Makes an executable that carries migrations, by appending a ZIP to a program.
 *
 * Linux, macOS and Windows find the program by its headers and ignore what follows it. The ZIP
 * counts its offsets from the start of the file, so `unzip -l` reads the executable as an archive.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { createHash, type KeyObject } from "node:crypto";
import { closeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import * as path from "node:path";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { defectsOf } from "../definition/migration/script_defects.ts";
import { Failure, throwCollected } from "../failure.ts";
import type { ConfigText } from "../config/config_file.ts";
import { readAt } from "../runtime/read_at.ts";
import { NotReplaceable, replaceable, replaceFile } from "../runtime/replace_file.ts";
import type { CodeDefinitions, Source } from "../source/source.ts";
import { VERSION } from "../version.ts";
import { type EmbeddedBundle, readBase } from "./base_executable.ts";
import {
  BACKGROUND_ENTRY,
  type BundleManifest,
  type BundleSignature,
  derivedEntry,
  describeBackground,
  describeScripts,
  describeSets,
  fileEntry,
  INDEX_ENTRY,
  MANIFEST_ENTRY,
  PROJECT_ENTRY,
  SCRIPTS_ENTRY,
  scriptsOf,
} from "./bundle_index.ts";
import { openFile } from "./zip_reader.ts";
import { programDigest } from "./program_digest.ts";
import { sealLength, sealText } from "./seal.ts";
import { signBundle } from "./signature.ts";
import { verifyBundle } from "./verify_bundle.ts";

/** A file to carry, byte for byte as it is on disk. */
export interface BundledFile {
  /** Path relative to the directory that holds the databases: `frontend/1_init/up.sql`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What to write. */
export interface BundleOptions {
  /** Path of a migrator executable for any platform. Its own bundle, if any, is not copied. */
  readonly base: string;
  /**
   * Path to write. Replaced in one step after everything was written and verified. May equal
   * `base`.
   */
  readonly output: string;
  readonly source: Source;
  /** Batched migrations that the program defines in TypeScript, by database. */
  readonly defined?: ((database: string) => CodeDefinitions | undefined) | undefined;
  /** Returns the files that belong to the loaded sets: all scripts, and what lies beside them. */
  files(sets: readonly DefinitionSet[]): Promise<readonly BundledFile[]>;
  /** Without it, the executable looks for settings in the folder where it is started. */
  readonly settings?: BundledSettings | undefined;
  /** An ed25519 key that signs the bundle. */
  readonly privateKey?: KeyObject | undefined;
}

/** A project's settings. */
export interface BundledSettings {
  readonly project: ConfigText;
  /**
   * The text of the file; undefined when there is no settings file and the executable must not look
   * for one.
   */
  readonly content: string | undefined;
}

/** What was written. */
export interface WrittenBundle {
  /** The executable's target: `linux-x64-musl`. */
  readonly target: string;
  /** The version of the program. */
  readonly version: string;
  /** The bundle that the base carried and that was not copied. */
  readonly replaced?: EmbeddedBundle;
  readonly databases: readonly string[];
  /** Count over all databases. */
  readonly migrations: number;
  /** Size of the executable in bytes. */
  readonly bytes: number;
}

/** ZIP counts entries in 16 bits; more need ZIP64, which `Archive` does not read. */
const MOST_ENTRIES = 65_535;

/**
 * Writes the executable with mode 0777 less the umask, and syncs it to disk before it resolves. The
 * same input gives the same bytes. A failure leaves no file behind.
 *
 * @throws {Failure | Failures} What loading the source and `readBase` throw; `bundle/output`,
 * `bundle/changed` (a file differs from what was loaded), `bundle/too-many`.
 */
export async function writeBundle(options: BundleOptions): Promise<WrittenBundle> {
  const { base, output, source } = options;
  const program = readBase(base);
  await checkOutput(output);
  const sets = await Promise.all(
    source.databases.map((database) => source.load(database, options.defined?.(database))),
  );
  // Who gets a bundle may begin with an empty database.
  throwCollected(sets.flatMap(({ definitions }) => defectsOf(definitions, ["up"])));
  const { settings, privateKey } = options;
  const signature = (sha256: BundleManifest["sha256"]) =>
    privateKey && signBundle({ program: digestOfBase(base, program.end), sha256 }, privateKey);
  const entries = await makeEntries(sets, {
    files: await options.files(sets),
    settings,
    signature,
  });
  const archive = await makeArchive(entries, program.end + sealLength("bundle"));
  await replace({ base, start: program.end, archive, output });
  return {
    target: program.mark.target,
    version: program.mark.version,
    ...(program.embedded && { replaced: program.embedded }),
    databases: source.databases,
    migrations: sets.reduce((sum, set) => sum + set.definitions.length, 0),
    bytes: program.end + sealLength("bundle") + archive.length,
  };
}

type Entries = ReadonlyMap<string, Uint8Array>;

async function makeEntries(
  sets: readonly DefinitionSet[],
  { files, settings, signature: sign }: {
    readonly files: readonly BundledFile[];
    readonly settings: BundledSettings | undefined;
    readonly signature: (sha256: BundleManifest["sha256"]) => BundleSignature | undefined;
  },
): Promise<Entries> {
  const derived = await derivedTexts(sets);
  if (files.length + derived.length + 5 > MOST_ENTRIES) {
    throw new Failure("bundle/too-many", `A bundle cannot hold ${files.length} files.`, {
      hint: "Carry the databases in several executables.",
    });
  }
  const contents = new Map(files.map(({ path, content }) => [path, content] as const));
  for (const script of scriptsOf(sets).filter(({ isDerived }) => !isDerived)) {
    const content = contents.get(script.path);
    if (content !== undefined && sha256Of(content) === script.rawChecksum) continue;
    throw new Failure("bundle/changed", `${script.path} changed while the bundle was made.`, {
      hint: "Run the same command again.",
    });
  }
  const background = describeBackground(sets);
  const entries = new Map<string, Uint8Array>([
    [INDEX_ENTRY, toJson(describeSets(sets, { tool: VERSION, project: settings?.project }))],
    [SCRIPTS_ENTRY, toJson(describeScripts(sets))],
    ...(settings?.content === undefined
      ? []
      : [[PROJECT_ENTRY, new TextEncoder().encode(settings.content)] as const]),
    ...(background ? [[BACKGROUND_ENTRY, toJson(background)] as const] : []),
    ...[...contents.keys()].sort().map((path) =>
      [fileEntry(path), contents.get(path) as Uint8Array] as const
    ),
    ...derived,
  ]);
  const sha256 = Object.fromEntries(
    [...entries].map(([name, content]) => [name, sha256Of(content)] as const),
  );
  const signature = sign(sha256);
  const manifest: BundleManifest = { sha256, ...(signature ? { signature } : {}) };
  return entries.set(MANIFEST_ENTRY, toJson(manifest));
}

/** @param end Offset just after the program's seal. */
function digestOfBase(base: string, end: number): string {
  const fd = openFile(base);
  try {
    return programDigest({ fd, programEnd: end });
  } finally {
    closeSync(fd);
  }
}

/** The texts of scripts that are not their files as they stand, by entry. */
async function derivedTexts(
  sets: readonly DefinitionSet[],
): Promise<readonly (readonly [entry: string, content: Uint8Array])[]> {
  const found: [string, Uint8Array][] = [];
  for (const { database, definitions } of sets) {
    for (const { version, up, down } of definitions) {
      for (const [direction, script] of [["up", up], ["down", down]] as const) {
        if (!script?.isDerived) continue;
        const text = new TextEncoder().encode(await script.read());
        found.push([derivedEntry({ database, version, direction }), text]);
      }
    }
  }
  return found;
}

async function makeArchive(entries: Entries, offset: number): Promise<Uint8Array> {
  const { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await import("@zip.js/zip.js");
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    offset,
    // ZIP stores local time without a zone; a constant keeps the bytes reproducible.
    lastModDate: new Date(2000, 0, 1, 12),
    extendedTimestamp: false,
    dataDescriptor: false,
    keepOrder: true,
    unixMode: 0o100644,
    // Each runtime's own compressor gives different bytes.
    useCompressionStream: false,
    useWebWorkers: false,
  });
  for (const [name, content] of entries) {
    // Every start reads the index, so it is stored uncompressed; checksums hardly compress.
    await writer.add(name, new Uint8ArrayReader(content), { level: name === INDEX_ENTRY ? 0 : 9 });
  }
  return await writer.close();
}

async function replace(
  { base, start, archive, output }: {
    readonly base: string;
    readonly start: number;
    readonly archive: Uint8Array;
    readonly output: string;
  },
): Promise<void> {
  try {
    await replaceFile(output, {
      mode: 0o777,
      write: async (file) => {
        await copyStart(base, { bytes: start, to: file });
        await file.writeFile(sealText("bundle", sha256Of(archive)), "latin1");
        await file.writeFile(archive);
      },
      check: verifyBundle,
    });
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw cannotWrite(output, cause);
  }
}

const STEP = 4 * 1024 * 1024;

/** Copies bytes instead of using copyFile, which would copy permissions too. */
async function copyStart(
  from: string,
  { bytes, to }: { readonly bytes: number; readonly to: FileHandle },
): Promise<void> {
  const fd = openFile(from);
  try {
    for (let position = 0; position < bytes; position += STEP) {
      await to.writeFile(readAt(fd, position, Math.min(STEP, bytes - position)));
    }
  } finally {
    closeSync(fd);
  }
}

async function checkOutput(output: string): Promise<void> {
  try {
    await replaceable(output);
  } catch (error) {
    throw cannotWrite(output, error);
  }
}

function cannotWrite(output: string, cause: unknown): Failure {
  const { message } = cause as Error;
  const hint = !(cause instanceof NotReplaceable)
    ? "Check that its directory exists, may be written and has room, or pass another --output."
    : /directory/.test(message)
    ? `Name a file in it: --output ${path.join(output, "migrator")}`
    : "Name a file, one that is there or a new one, with --output.";
  return new Failure("bundle/output", `Could not write ${output}: ${clause(message)}.`, {
    hint,
    cause,
  });
}

function toJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
