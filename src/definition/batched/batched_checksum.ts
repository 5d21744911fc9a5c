// Pure.
/**
 * Computes what makes two declarations of a batched migration equal.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { scan } from "../../sql/scanner.ts";
import type { BatchedMigration } from "./batched_migration.ts";
import type { SqlTemplate } from "./sql_template.ts";

/** A declaration without its name and path. */
export type ChecksummedDeclaration = Omit<BatchedMigration, "name" | "path" | "checksum">;

/** SHA-256 in hex. The order of keys, and white space and comments in SQL, do not count. */
export function declarationChecksum(
  declaration: ChecksummedDeclaration,
): string {
  const text = JSON.stringify(declaration, (_, value: unknown) => {
    if (isTemplate(value)) return tokensOf(value);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
      : value;
  });
  return createHash("sha256").update(text).digest("hex");
}

function isTemplate(value: unknown): value is SqlTemplate {
  return typeof value === "object" && value !== null && "holes" in value && "text" in value;
}

function tokensOf({ text }: SqlTemplate): readonly string[] {
  return [...scan(text)].map(({ start, end }) => text.slice(start, end));
}
