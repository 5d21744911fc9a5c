/**
 * A step of a plan whose effects are committed.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";

/** A committed step. */
export interface CompletedStep {
  /** The version of the migration. */
  readonly version: bigint;
  /** Its name; may be empty. */
  readonly name: string;
  /** Whether it was applied or rolled back. */
  readonly direction: Direction;
  /** How long it took; 0 when it was only recorded. */
  readonly milliseconds: number;
  /** A person ran it by hand; migrator only recorded it. */
  readonly byHand?: true;
}
