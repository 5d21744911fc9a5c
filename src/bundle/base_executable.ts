/**
 * Reads a migrator executable, built for this platform or another, as the base of a new one. It
 * does not run it.
 *
 * @module
 */

import * as fs from "node:fs";
import { Failure } from "../failure.ts";
import { readAt, searchFile } from "../runtime/read_at.ts";
import { type Mark, MARK_LENGTH, MARK_START, readMark } from "../runtime/executable_mark.ts";
import { Archive, openFile } from "./zip_reader.ts";
import { BUNDLE_FORMAT, type BundleIndex, INDEX_ENTRY } from "./bundle_index.ts";
import { HEADER_SIZE, type ProgramHeader, readProgramHeader } from "./program_header.ts";
import { isProgramIntact } from "./verify_bundle.ts";

/** An executable to which a bundle can be appended. */
export interface Base {
  readonly mark: Mark;
  /** Size of the program in bytes; the bundle begins here. */
  readonly end: number;
  /** The bundle that it carries already. */
  readonly embedded: EmbeddedBundle | undefined;
}

/** Migrations inside an executable. */
export interface EmbeddedBundle {
  /** Ascending. */
  readonly databases: readonly string[];
  /** Count over all databases. */
  readonly migrations: number;
}

/**
 * Reads and checks a base.
 *
 * @throws {Failure} `bundle/base` when it is not a file, `bundle/base-foreign` when it is not a
 * migrator executable, `bundle/base-too-old` when it cannot read the format to be appended,
 * `bundle/base-signed`, `bundle/base-damaged` when its digest differs from its seal,
 * `bundle/corrupt`, `bundle/unreadable`.
 */
export function readBase(path: string): Base {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    throw new Failure("bundle/base", `Could not start from ${path}: it is not a file.`, {
      hint: "Pass the path of a migrator executable with --base.",
    });
  }
  const mark = checkProgram(path);
  const archive = Archive.open(path);
  try {
    const end = archive?.programEnd ?? stat.size;
    checkIntact(path, end);
    return { mark, end, embedded: archive && describe(archive) };
  } finally {
    archive?.close();
  }
}

function checkProgram(path: string): Mark {
  const { header, mark } = look(path);
  // A target is a platform or a variant of one: linux-x64, linux-x64-musl.
  if (!mark || !header || !`${mark.target}-`.startsWith(`${header.platform}-`)) {
    throw new Failure(
      "bundle/base-foreign",
      `Could not start from ${path}: ${foreign(header, mark)}.`,
      {
        hint:
          "Pass a migrator executable with --base; deno task compile --all makes one for each platform.",
      },
    );
  }
  if (mark.format < BUNDLE_FORMAT) {
    throw new Failure(
      "bundle/base-too-old",
      `Could not start from ${path}: it is migrator ${mark.version}, which reads bundles up to ` +
        `format ${mark.format}, and this program writes format ${BUNDLE_FORMAT}.`,
      { hint: `Pass a newer one, or make the bundle with migrator ${mark.version} itself.` },
    );
  }
  if (header.signature) {
    throw new Failure(
      "bundle/base-signed",
      `Could not start from ${path}: it is signed, and what is appended breaks the signature.`,
      { hint: "Pass the executable as it was before, and sign the one that carries migrations." },
    );
  }
  return mark;
}

/** A truncated download or a flipped bit makes a program that does not start. */
function checkIntact(path: string, end: number): void {
  const fd = openFile(path);
  try {
    if (isProgramIntact(fd, end)) return;
  } finally {
    fs.closeSync(fd);
  }
  throw new Failure(
    "bundle/base-damaged",
    `Could not start from ${path}: it is not as it was compiled; it was cut off or changed.`,
    {
      hint:
        "Copy it again from where it came, and compare its SHA-256 with SHA256SUMS; or compile it anew.",
    },
  );
}

function foreign(header: ProgramHeader | undefined, mark: Mark | undefined): string {
  if (mark && header) {
    return `it was built for ${mark.target}, and begins as one for ${header.platform}`;
  }
  if (mark) {
    return `it is not an executable, though it holds migrator ${mark.version} for ${mark.target}`;
  }
  return header
    ? `it is a program for ${header.platform}, but not migrator`
    : "it is not an executable";
}

function look(path: string): { header: ProgramHeader | undefined; mark: Mark | undefined } {
  const fd = openFile(path);
  try {
    const mark = searchFile(fd, {
      words: MARK_START,
      around: MARK_LENGTH,
      read: (bytes, at) => readMark(bytes.toString("latin1", at, at + MARK_LENGTH)),
    });
    return { header: readProgramHeader(readAt(fd, 0, HEADER_SIZE)), mark };
  } finally {
    fs.closeSync(fd);
  }
}

function describe(archive: Archive): EmbeddedBundle {
  const { databases } = archive.json<BundleIndex>(INDEX_ENTRY);
  return {
    databases: databases.map(({ name }) => name),
    migrations: databases.reduce((sum, { definitions }) => sum + definitions.length, 0),
  };
}
