/**
 * The digest of the program in front of a bundle, for its signature.
 *
 * @module
 */

import { readAt } from "../runtime/read_at.ts";
import { HEADER_SIZE, readProgramHeader } from "./program_header.ts";
import { digestOf, sealLength } from "./seal.ts";

/**
 * SHA-256 in hex of a program without its seal. Empty for macOS and Windows, where signing the
 * executable afterwards changes the program.
 *
 * @param program.programEnd Offset just after its seal.
 */
export function programDigest(
  { fd, programEnd }: { readonly fd: number; readonly programEnd: number },
): string {
  const header = readProgramHeader(readAt(fd, 0, HEADER_SIZE));
  if (!header?.platform.startsWith("linux-")) return "";
  return digestOf(fd, 0, programEnd - sealLength("program"));
}
