/**
 * A step that is in the database.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";

/** A step that is in the database. */
export interface CompletedStep {
  readonly version: bigint;
  readonly name: string;
  readonly direction: Direction;
  readonly milliseconds: number;
  /** A person did it: it was recorded, not run. */
  readonly byHand?: true;
}
