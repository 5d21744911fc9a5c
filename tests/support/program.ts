/**
 * The first bytes of programs for any platform, for what looks at them without running them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { sealText } from "../../src/bundle/seal.ts";
import { BUNDLE_FORMAT } from "../../src/bundle/bundle_index.ts";
import { type Mark, writeMark } from "../../src/runtime/executable_mark.ts";

/** Platforms by the way their programs begin. */
export const HEADERS = {
  "linux-x64": elf(62),
  "linux-arm64": elf(183),
  "darwin-x64": machO(0x01000007),
  "darwin-arm64": machO(0x0100000c),
  "windows-x64": pe(0x8664),
} as const;

/** A mark of ours. */
export function markOf(mark: Partial<Mark> = {}): string {
  return writeMark({ target: "linux-x64", version: "0.1.0", format: BUNDLE_FORMAT, ...mark });
}

/** A file that begins as a program does; the mark is in its midst, behind a word that is like one. */
export function program(header: Uint8Array, mark: string): Buffer {
  const filler = () => randomBytes(150_000);
  return sealed(
    Buffer.concat([header, filler(), Buffer.from(`migrator executable <${mark}`), filler()]),
  );
}

/** The same with the digest that a program ends with. */
export function sealed(bytes: Buffer): Buffer {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return Buffer.concat([bytes, Buffer.from(sealText("program", sha256))]);
}

/** Where a program for Windows says that its signature lies. */
export function signed(bytes: Buffer, signature: { position: number; size: number }): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(signature.position, 0x80 + 168);
  copy.writeUInt32LE(signature.size, 0x80 + 172);
  return copy;
}

function elf(machine: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write("\x7fELF\x02\x01", "latin1");
  bytes.writeUInt16LE(machine, 18);
  return bytes;
}

function machO(machine: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(machine, 4);
  return bytes;
}

function pe(machine: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write("MZ", "latin1");
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write("PE\0\0", 0x80, "latin1");
  bytes.writeUInt16LE(machine, 0x84);
  return bytes;
}
