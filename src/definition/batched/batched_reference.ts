// Pure.
/**
 * What a schema migration says of batched migrations: `queues`, `finalizes`, `deletes`.
 *
 * @module
 */

import type { JobArgument, JobArguments } from "./job_arguments.ts";
import { declarationChecksum } from "./batched_checksum.ts";
import type { BatchedMigration } from "./batched_migration.ts";

/** The keys of metadata. */
export const REFERENCE_KEYS = ["queues", "finalizes", "deletes"] as const;

export type ReferenceKey = typeof REFERENCE_KEYS[number];

/** A batched migration that is meant: its name, and the arguments that are not as declared. */
export interface BatchedReference {
  /** The name of the declaration. */
  readonly name: string;
  /** Arguments that differ from the declared ones. */
  readonly arguments?: JobArguments;
}

/** The declaration that is meant, with the arguments that hold; undefined when there is none. */
export function resolveReference(
  { name, arguments: given }: BatchedReference,
  background: readonly BatchedMigration[],
): BatchedMigration | undefined {
  const declared = background.find((one) => one.name === name);
  if (declared === undefined || given === undefined) return declared;
  const { name: _name, path, checksum: _checksum, ...rest } = declared;
  const resolved = { ...rest, arguments: { ...declared.arguments, ...given } };
  return { name, path, checksum: declarationChecksum(resolved), ...resolved };
}

/** Equal for the same batched migration of a database: its name and its arguments. */
export function batchedIdentity(
  { name, arguments: given }: Pick<BatchedMigration, "name" | "arguments">,
): string {
  return `${name} ${canonicalArguments(given)}`;
}

/** Equal for equal arguments, in whichever order they are written. */
export function canonicalArguments(value: JobArgument): string {
  if (Array.isArray(value)) return `[${value.map(canonicalArguments).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value as JobArguments).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalArguments(v)}`).join(",")}}`;
}
