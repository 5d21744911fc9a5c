// Pure.
/**
 * How a room that compares schemas gets its shadows.
 *
 * @module
 */

import type { ScratchDatabase } from "./scratch_database.ts";

/** How to open shadows, and what to leave out of them. */
export interface ShadowOptions {
  /** Opens an empty one; each is disposed of before the next is opened. */
  readonly shadow: () => Promise<ScratchDatabase>;
  /** PostgreSQL schemas that are not looked at, such as those of the history. */
  readonly without: readonly string[];
  readonly signal: AbortSignal;
}
