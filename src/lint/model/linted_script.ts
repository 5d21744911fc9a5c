// Pure.
/**
 * A script in the form in which rules look at it.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import type { Metadata, TransactionMode } from "../../definition/migration/definition.ts";

/** One statement, or one that PL/pgSQL code runs. */
export interface LintedStatement {
  readonly node: Node;
  /** `script.text.slice(start, end)` is its text; of dynamic SQL, that of the expression. */
  readonly start: number;
  readonly end: number;
  /** Converts a location in `node`, a byte offset, to an offset in the script's text. */
  readonly offsetOf: (location: number) => number;
  /** The statement that runs it: a DO block. */
  readonly within?: LintedStatement;
}

/** One up script. */
export interface LintedScript {
  readonly path: string;
  readonly text: string;
  /** A statement within another follows it. */
  readonly statements: readonly LintedStatement[];
  /** Dynamic SQL in PL/pgSQL code whose text is not known. */
  readonly opaque: readonly LintedStatement[];
  /** BEGIN, COMMIT and the like in the file, which are no statements of the script. */
  readonly control: readonly LintedStatement[];
  readonly transaction: TransactionMode;
  readonly metadata: Metadata;
  /** Whether there is a script that reverts it; undefined where nobody could know. */
  readonly hasDown: boolean | undefined;
}
