// Pure.
/**
 * References from schema migrations to batched migrations: `queues`, `finalizes`, `deletes`.
 *
 * @module
 */

import type { JobArgument, JobArguments } from "./job_arguments.ts";
import { declarationChecksum } from "./batched_checksum.ts";
import type { BatchedMigration } from "./batched_migration.ts";

/** The keys in metadata. */
export const REFERENCE_KEYS = ["queues", "finalizes", "deletes"] as const;

export type ReferenceKey = typeof REFERENCE_KEYS[number];

/** A reference: a name, and the arguments that differ from the declared ones. */
export interface BatchedReference {
  /** The name of the declaration. */
  readonly name: string;
  /** Arguments that override the declared ones. */
  readonly arguments?: JobArguments;
}

/**
 * The declaration that a reference names, with the effective arguments; undefined when there is
 * none.
 */
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

/**
 * A key that is equal for references to the same batched migration: the same name and arguments.
 */
export function batchedIdentity(
  { name, arguments: given }: Pick<BatchedMigration, "name" | "arguments">,
): string {
  return `${name} ${canonicalArguments(given)}`;
}

/** JSON that is equal for equal arguments, in whichever order they are written. */
export function canonicalArguments(value: JobArgument): string {
  if (Array.isArray(value)) return `[${value.map(canonicalArguments).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value as JobArguments).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalArguments(v)}`).join(",")}}`;
}
