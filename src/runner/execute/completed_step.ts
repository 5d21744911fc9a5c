// Pure.
/**
 * A step of a plan whose effects are committed.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";
import type { Step } from "../../plan/plan.ts";

/** A committed step. */
export interface CompletedStep {
  /** The version of the migration. */
  readonly version: bigint;
  /** Its name; may be empty. */
  readonly name: string;
  /** Whether it was applied or rolled back. */
  readonly direction: Direction;
  /**
   * How long it took, by the server's clock: for a migration in a transaction, its last try up to the
   * history row; 0 when it was only recorded.
   */
  readonly milliseconds: number;
  /** A person ran it by hand; migrator only recorded it. */
  readonly byHand?: true;
}

/** A step that has just been committed. */
export function completedStep(
  { definition, direction }: Step,
  milliseconds: number,
): CompletedStep {
  return { version: definition.version, name: definition.name, direction, milliseconds };
}
