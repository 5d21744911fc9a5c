// Pure.
/**
 * The schemas of two releases.
 *
 * @module
 */

import type { SchemaObject } from "../schema/model/schema.ts";

/** Both schemas, by address. */
export interface SchemaPair {
  readonly older: ReadonlyMap<string, SchemaObject>;
  readonly newer: ReadonlyMap<string, SchemaObject>;
}
