/**
 * What reading a piece of SQL in a declaration needs and reports to.
 *
 * @module
 */

import type { SqlStatement } from "../../sql/script_statements.ts";
import type { CodeOf, Failure } from "../../failure.ts";
import type { QualifiedName } from "../../sql/qualified_name.ts";
import type { StrategyName } from "./batched_migration.ts";

/** What SQL is read for. */
export interface SqlContext {
  readonly path: string;
  /** The key of the file that holds it. */
  readonly purpose: string;
  readonly table: QualifiedName;
  /** Columns; empty where they are not known here. */
  readonly key: readonly string[];
  readonly strategy: StrategyName;
  readonly hasFilter: boolean;
  /** Names of the declared arguments. */
  readonly arguments: readonly string[];
  readonly report: (defect: Failure) => void;
}

/** @param at A location in the tree; undefined for the start of the statement. */
export type Refuse = (
  code: CodeOf<"definition">,
  words: { readonly message: string; readonly hint: string; readonly at?: number | undefined },
) => void;

/** A statement with its defects reported by offset in the text that holds it. */
export interface SqlReading extends SqlContext {
  readonly statement: SqlStatement;
  readonly refuse: Refuse;
}
