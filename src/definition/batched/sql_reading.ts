/**
 * The context that readers of a declaration's SQL share.
 *
 * @module
 */

import type { SqlStatement } from "../../sql/script_statements.ts";
import type { CodeOf, Failure } from "../../failure.ts";
import type { QualifiedName } from "../../sql/qualified_name.ts";
import type { StrategyName } from "./batched_migration.ts";

/** The purpose and surroundings of a piece of SQL. */
export interface SqlContext {
  readonly path: string;
  /** The key of the declaration that holds it. */
  readonly purpose: string;
  readonly table: QualifiedName;
  /** Columns of the key; empty when unknown. */
  readonly key: readonly string[];
  readonly strategy: StrategyName;
  readonly hasFilter: boolean;
  /** Names of the declared arguments. */
  readonly arguments: readonly string[];
  readonly report: (defect: Failure) => void;
}

/** @param at A byte location in the tree; undefined for the start of the statement. */
export type Refuse = (
  code: CodeOf<"definition">,
  words: { readonly message: string; readonly hint: string; readonly at?: number | undefined },
) => void;

/** A parsed statement, and how to report its defects. */
export interface SqlReading extends SqlContext {
  readonly statement: SqlStatement;
  readonly refuse: Refuse;
}
