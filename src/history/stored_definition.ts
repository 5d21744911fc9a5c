// Pure.
/**
 * The SQL that stores definitions in the history.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { mapStrings, type Storable } from "../sql/storable.ts";
import type { HistoryName } from "./history_name.ts";

/** A definition with the texts of its scripts. */
export interface StoredDefinition {
  readonly definition: Definition;
  readonly up: string;
  readonly down: string | undefined;
}

/**
 * Stores definitions, so that an executable without them can roll them back. Stored definitions of the
 * same versions are replaced.
 *
 * @param kept At least one; no version twice.
 */
export function storeDefinitions(
  { schema, database }: HistoryName,
  { kept, toolVersion, storable }: {
    readonly kept: readonly StoredDefinition[];
    readonly toolVersion: string;
    readonly storable: Storable;
  },
): string {
  const rows = kept.map((one) => definitionColumns(one, { database, toolVersion, storable }));
  const names = Object.keys(rows[0]!);
  const updates = names.slice(2).map((name) => `${name} = EXCLUDED.${name}`);
  const values = rows.map((row) => `(${Object.values(row).join(", ")})`);
  return `INSERT INTO ${quoteIdentifier(schema)}.migration_definitions
      (${names.join(", ")})
    VALUES ${values.join(",\n")}
    ON CONFLICT (database, version) DO UPDATE SET ${updates.join(", ")}`;
}

function definitionColumns(
  { definition, up, down }: StoredDefinition,
  { database, toolVersion, storable }: {
    readonly database: string;
    readonly toolVersion: string;
    readonly storable: Storable;
  },
): Readonly<Record<string, string>> {
  const text = (value: string) => quoteLiteral(storable(value));
  const optional = (value: string | undefined) => value === undefined ? "NULL" : text(value);
  const metadata = JSON.stringify(mapStrings(definition.metadata, storable));
  return {
    database: quoteLiteral(database),
    version: String(definition.version),
    name: text(definition.name),
    parents: `'{${definition.parents.join(",")}}'::pg_catalog.int8[]`,
    metadata: `${quoteLiteral(metadata)}::pg_catalog.jsonb`,
    up_path: text(definition.up.path),
    up_sql: text(up),
    up_transaction: quoteLiteral(definition.up.transaction),
    up_checksum: quoteLiteral(definition.up.checksum),
    down_path: optional(definition.down?.path),
    down_sql: optional(down),
    down_transaction: optional(definition.down?.transaction),
    down_checksum: optional(definition.down?.checksum),
    stored_at: "pg_catalog.now()",
    tool_version: quoteLiteral(toolVersion),
  };
}
