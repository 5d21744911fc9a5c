/**
 * A step that is in the database.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";

/** A step that is in the database. */
export interface CompletedStep {
  /** The version of the migration. */
  readonly version: bigint;
  /** Its name; may be empty. */
  readonly name: string;
  /** Whether it was applied or rolled back. */
  readonly direction: Direction;
  /** How long it took, by the server's clock. */
  readonly milliseconds: number;
  /** A person did it: it was recorded, not run. */
  readonly byHand?: true;
}
