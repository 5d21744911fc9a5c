// Pure.
/**
 * What `lint` says of one migration.
 *
 * @module
 */

import type { Finding } from "../../lint/finding.ts";

/** A migration, or the standard input. */
export interface LintedUnit {
  /** Null for a file that is no migration of the product. */
  readonly database: string | null;
  readonly version: bigint | null;
  readonly name: string;
  /** From the current directory. */
  readonly file: string;
  readonly findings: readonly Finding[];
}
