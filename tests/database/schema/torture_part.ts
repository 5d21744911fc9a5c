/**
 * A part of the torture schema.
 *
 * @module
 */

/** Some statements, and where they run. */
export interface Part {
  /** The first major that has it. */
  readonly since?: number;
  /** The last major that has it. */
  readonly until?: number;
  /** False where embedded PostgreSQL cannot. */
  readonly embedded?: false;
  readonly sql: string;
}
