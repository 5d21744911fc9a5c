/**
 * Checks that an executable is byte for byte what was written.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readAt } from "../runtime/read_at.ts";
import { Archive, corrupt } from "./zip_reader.ts";
import { type BundleManifest, MANIFEST_ENTRY } from "./bundle_index.ts";
import { HEADER_SIZE, readProgramHeader } from "./program_header.ts";
import { digestOf, readSeal, sealLength } from "./seal.ts";

/**
 * Compares a bundle with its seals, and every entry with the manifest. Bundles of earlier versions
 * have no seals; for them only the entries are compared.
 *
 * @throws {Failure} `bundle/corrupt`, also when the file carries no bundle.
 */
export function verifyBundle(file: string): void {
  const archive = Archive.open(file);
  if (archive === undefined) throw corrupt(file, "there are none");
  try {
    verifyArchive(archive);
  } finally {
    archive.close();
  }
}

/** Does the same for an open archive. @throws {Failure} `bundle/corrupt`. */
export function verifyArchive(archive: Archive): void {
  const { fd, path, start, end, programEnd } = archive;
  const { sha256 } = archive.json<BundleManifest>(MANIFEST_ENTRY);
  const names = archive.names().filter((name) => name !== MANIFEST_ENTRY);
  const wrong = names.find((name) => sha256?.[name] !== sha256Of(archive.read(name)));
  if (wrong !== undefined || Object.keys(sha256 ?? {}).length !== names.length) {
    throw corrupt(path, `${wrong ?? "their list"} does not agree with the manifest`);
  }
  const isSealed = programEnd !== start;
  // Bundles of earlier versions have no seals.
  if (!isSealed && readSeal(fd, "program", start - sealLength("bundle")) === undefined) return;
  if (readSeal(fd, "bundle", start) !== digestOf(fd, start, end)) {
    throw corrupt(path, "their archive does not agree with its digest");
  }
  // Signing on macOS and Windows changes the program itself.
  if (!readProgramHeader(readAt(fd, 0, HEADER_SIZE))?.platform.startsWith("linux-")) return;
  if (!isProgramIntact(fd, programEnd)) {
    throw corrupt(path, "the program before them does not agree with its digest");
  }
}

/**
 * Whether a program's digest equals its seal.
 *
 * @param end Offset just after the seal.
 */
export function isProgramIntact(fd: number, end: number): boolean {
  const seal = readSeal(fd, "program", end);
  return seal !== undefined && digestOf(fd, 0, end - sealLength("program")) === seal;
}

function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
