/**
 * Derives what migrations need of the role and the server from their statements.
 *
 * @module
 */

import type { Definition } from "../../definition/migration/definition.ts";
import { parseScript } from "../../definition/migration/parse_script.ts";
import { migrationLabel } from "../../plan/plan.ts";
import { creationOf } from "../../sql/creation.ts";

/** An extension that a migration creates. */
export interface ExtensionNeed {
  readonly name: string;
  readonly ifNotExists: boolean;
  readonly cascade: boolean;
  /** `1650000100 (add search)`. */
  readonly migration: string;
}

/** What the migrations create, each with the first migration that does so. */
export interface Needs {
  readonly extensions: readonly ExtensionNeed[];
  /** Schemas that the migrations create: the migration, by schema name. */
  readonly ownSchemas: ReadonlyMap<string, string>;
  /**
   * Schemas in which the migrations create objects: the migration, by schema name; "" where
   * search_path decides.
   */
  readonly schemas: ReadonlyMap<string, string>;
}

/**
 * Reads the up scripts of all of them; those with defects are left out.
 *
 * @param definitions In execution order.
 */
export async function needsOf(definitions: readonly Definition[]): Promise<Needs> {
  const extensions: ExtensionNeed[] = [];
  const ownSchemas = new Map<string, string>();
  const schemas = new Map<string, string>();
  const first = (map: Map<string, string>, key: string, migration: string) =>
    map.has(key) || map.set(key, migration);
  for (const definition of definitions.filter(({ defects }) => defects?.up === undefined)) {
    const migration = migrationLabel(definition);
    for (const { node } of await parseScript(await definition.up.read())) {
      const creation = creationOf(node);
      if (creation === undefined) continue;
      if (creation.kind === "extension") {
        const known = extensions.some(({ name }) => name === creation.name);
        if (!known) extensions.push({ ...creation, migration });
      } else if (creation.kind === "schema") first(ownSchemas, creation.name, migration);
      else first(schemas, creation.schema ?? "", migration);
    }
  }
  return { extensions, ownSchemas, schemas };
}
