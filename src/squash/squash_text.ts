// Pure.
/**
 * A schema and the rows in it as one script.
 *
 * @module
 */

import type { Schema, SchemaObject } from "../schema/model/schema.ts";
import { writeSchemaInParts, WRITTEN_SETTINGS } from "../schema/write_schema.ts";
import type { SeedRows } from "./seed_rows.ts";

/** What would change rows as they are written, or refuse them before all are there. */
function isAfterRows(object: SchemaObject): boolean {
  const { type } = object as { readonly type?: unknown };
  return ["trigger", "rule", "policy", "event trigger", "publication", "subscription"]
    .includes(object.kind) || (object.kind === "constraint" && type === "foreign key");
}

/** Schemas and extensions stand first, so that an administrator finds them. */
export function squashText(schema: Schema, { inserts, sequences }: SeedRows): string {
  const between = [...inserts, ...sequences.values()];
  const { first, before, after } = writeSchemaInParts(schema, { isLate: isAfterRows });
  return [
    "-- Makes in an empty database what these migrations make. Written by migrator squash: do not edit it.",
    "",
    ...WRITTEN_SETTINGS.map((setting) => `${setting.replace(/^SET /, "SET LOCAL ")};`),
    ...section(
      "Schemas and extensions. An extension may need a superuser, who can run these before.",
      first,
    ),
    ...section("Objects.", before),
    ...section("Rows that migrations have written.", between),
    ...section("What would be in the way of rows.", after),
    "",
  ].join("\n");
}

function section(title: string, statements: readonly string[]): readonly string[] {
  if (statements.length === 0) return [];
  return ["", `-- ${title}`, ...statements.flatMap((statement) => ["", `${statement};`])];
}
