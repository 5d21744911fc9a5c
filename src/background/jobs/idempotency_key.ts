// Pure.
/**
 * Idempotency keys, by which another system recognises a repeated request.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { canonicalArguments } from "../../definition/batched/batched_reference.ts";
import type { BackgroundTables, StoredMigration } from "../state/rows.ts";

/** One generation of a batched migration of one database. */
export interface IdempotencyScope {
  readonly name: BackgroundTables;
  readonly migration: StoredMigration;
}

/** Returns 32 hexadecimal digits; equal for equal parts of the same generation, on every host. */
export function idempotencyKey(
  { name, migration: { declaration, generation } }: IdempotencyScope,
  parts: readonly string[],
): string {
  const text = JSON.stringify([
    name.schema,
    name.database,
    declaration.name,
    canonicalArguments(declaration.arguments),
    generation,
    ...parts,
  ]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
