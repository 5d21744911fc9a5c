// Pure.
/**
 * A statement that brings a schema nearer to what it should be, and what it does to those who use it.
 *
 * @module
 */

/**
 * - `loss`: rows, or what they hold, are gone afterwards.
 * - `rewrite`: the whole table is written anew, and nobody can read it meanwhile.
 * - `scan`: the whole table is read while nobody can write it.
 */
export type Effect = "loss" | "rewrite" | "scan";

export interface RepairStatement {
  /** Without a semicolon. */
  readonly sql: string;
  readonly effects: readonly Effect[];
  /** False where it cannot run in a transaction block. */
  readonly transactional: boolean;
}

/** One that takes its locks for moments only, and keeps all rows. */
export function harmless(sql: string): RepairStatement {
  return { sql, effects: [], transactional: true };
}

/** One with effects. */
export function harmful(sql: string, ...effects: readonly Effect[]): RepairStatement {
  return { sql, effects, transactional: true };
}

/** One that must stand outside transactions: CONCURRENTLY. */
export function outside(sql: string): RepairStatement {
  return { sql, effects: [], transactional: false };
}
