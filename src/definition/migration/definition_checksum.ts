// Pure.
/**
 * The checksum of a whole definition.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Definition, Metadata, TransactionMode } from "./definition.ts";

/** All of a definition that decides what is run, and in which order. */
export interface ChecksummedDefinition {
  readonly version: bigint;
  readonly name: string;
  readonly parents: readonly bigint[];
  readonly metadata: Metadata;
  readonly up: ChecksummedScript;
  readonly down: ChecksummedScript | undefined;
}

/** A script without its text, for which the checksum of its tokens stands. */
export interface ChecksummedScript {
  readonly path: string;
  readonly checksum: string;
  readonly transaction: TransactionMode;
}

/**
 * SHA-256, hex. The order of metadata's keys does not count; comments and white space in scripts do
 * not either.
 */
export function definitionChecksum(
  { version, name, parents, metadata, up, down }: ChecksummedDefinition | Definition,
): string {
  const script = (one: ChecksummedScript) => [one.path, one.checksum, one.transaction];
  const text = JSON.stringify([
    String(version),
    name,
    parents.map(String),
    Object.entries(metadata).filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => a < b ? -1 : 1),
    script(up),
    down ? script(down) : null,
  ]);
  return createHash("sha256").update(text).digest("hex");
}
