// Pure.
/**
 * The checksum of a whole definition.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Definition, Metadata, TransactionMode } from "./definition.ts";

/** Everything in a definition that decides what runs, and in which order. */
export interface ChecksummedDefinition {
  readonly version: bigint;
  readonly name: string;
  readonly parents: readonly bigint[];
  readonly metadata: Metadata;
  readonly up: ChecksummedScript;
  readonly down: ChecksummedScript | undefined;
}

/** A script, with its checksum in place of its text. */
export interface ChecksummedScript {
  readonly path: string;
  readonly checksum: string;
  readonly transaction: TransactionMode;
}

/**
 * SHA-256 in hex. The order of metadata's keys, and comments and white space in scripts, do not
 * count.
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
