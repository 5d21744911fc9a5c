// Pure.
/**
 * A database without our history that another tool, or a person, has migrated.
 *
 * @module
 */

import { quoteIdentifier } from "../sql/identifier.ts";
import type { QualifiedName } from "../sql/qualified_name.ts";
import type { ForeignHistory, ForeignTool } from "./foreign_tool.ts";
import type { LiveTable } from "./live_tables.ts";
import type { Touch } from "./touched_tables.ts";

/** The history of another tool, found in a database. */
export interface FoundHistory {
  readonly tool: ForeignTool;
  readonly table: LiveTable;
  /** Undefined if it could not be read. */
  readonly history: ForeignHistory | undefined;
}

/** An existing table that a pending migration would create or drop. */
export interface FoundTable {
  readonly table: LiveTable;
  readonly touch: Touch;
}

/** The reasons not to run all migrations from the first one. */
export interface ForeignDatabase {
  readonly histories: readonly FoundHistory[];
  readonly tables: readonly FoundTable[];
}

/** `public.users`, as a person writes it. */
export function nameOf({ schema, name }: Required<QualifiedName>): string {
  const part = (text: string) => /^[a-z_][a-z0-9_]*$/.test(text) ? text : quoteIdentifier(text);
  return `${part(schema)}.${part(name)}`;
}
