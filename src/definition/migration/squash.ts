// Pure.
/**
 * A squash: one script that makes, in an empty database, what a migration and all its ancestors make.
 *
 * It is a shortcut and no migration: it has no version of its own and no place in the graph.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Definition } from "./definition.ts";

/** What the first line of the file says. */
export interface SquashHeader {
  readonly version: bigint;
  /** How many migrations it squashes. */
  readonly count: number;
  /** `squashChecksum` of them. */
  readonly checksum: string;
}

/** The first line of the file. */
export function squashHeader({ version, count, checksum }: SquashHeader): string {
  return `-- Squash of ${count} migrations to ${version}, checksum ${checksum}`;
}

/** Undefined where the first line is none. */
export function readSquashHeader(text: string): SquashHeader | undefined {
  const [, count, version, checksum = ""] =
    /^-- Squash of (\d{1,9}) migrations to (\d{1,19}), checksum ([0-9a-f]{64})\r?(?:\n|$)/
      .exec(text) ?? [];
  return count === undefined || version === undefined
    ? undefined
    : { version: BigInt(version), count: Number(count), checksum };
}

/**
 * SHA-256 in hex over versions and ways up. A migration that is added among them, or edited, changes it.
 *
 * @param definitions What is squashed, in any order.
 */
export function squashChecksum(definitions: readonly Definition[]): string {
  const lines = definitions.map(({ version, up }) => `${version} ${up.checksum}`).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
