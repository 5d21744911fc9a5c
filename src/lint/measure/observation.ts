// Pure.
/**
 * What a statement was seen to do to a relation.
 *
 * @module
 */

/** PostgreSQL's lock modes of tables, from the weakest to the strongest. */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

/** One of them. */
export type LockMode = typeof LOCK_MODES[number];

/** What one statement did to one table, partition, view or materialized view. */
export interface Observation {
  /** Qualified, as SQL. */
  readonly relation: string;
  readonly schema: string;
  readonly name: string;
  /** `pg_class.relkind`. */
  readonly kind: string;
  /** The strongest lock that the statement took and that its transaction did not hold before. */
  readonly mode: LockMode | undefined;
  /** The strongest lock that the transaction holds when the statement is done. */
  readonly held: LockMode | undefined;
  /** Whether it was written anew. */
  readonly isRewritten: boolean;
  /** How often it was read from one end to the other. */
  readonly scans: number;
  readonly rowsRead: number;
  /** Rows that were inserted, updated and deleted. */
  readonly rowsWritten: number;
  /** Indexes that were built or built anew, by name. */
  readonly indexes: readonly string[];
  readonly isDropped: boolean;
  /** Whether it was there before the migration, or, in a release, before that. */
  readonly isOld: boolean;
}

/** Whether a mode is at least as strong as another. */
export function isAtLeastMode(mode: LockMode | undefined, least: LockMode): boolean {
  return mode !== undefined && LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf(least);
}

/** What was observed, in a few words: `ACCESS EXCLUSIVE of users, rewritten`. */
export function observationText(observation: Observation): string {
  const { relation, held, isRewritten, scans, rowsRead, indexes, isDropped } = observation;
  return [
    held === undefined ? relation : `${held} of ${relation}`,
    ...(isDropped ? ["dropped"] : []),
    ...(isRewritten ? ["rewritten"] : []),
    ...(scans > 0 ? [`read as a whole (${rowsRead} rows here)`] : []),
    ...(indexes.length > 0 ? [`index ${indexes.join(", ")} built`] : []),
  ].join(", ");
}
