// Pure.
/**
 * What became of a table since it was last looked at.
 *
 * @module
 */

import type { Choice, Segment } from "../choice.ts";

/** Parts that came, went, or were written anew. */
export interface Difference {
  /** Partitions attached since: nobody walks them yet. */
  readonly added: readonly Segment[];
  /** Partitions detached or dropped since. */
  readonly lost: readonly Segment[];
  /**
   * Rewritten (VACUUM FULL, CLUSTER, ALTER TABLE, TRUNCATE): rows lie elsewhere, so that a walk by ctid
   * begins again. Empty where the walk has a key.
   */
  readonly rewritten: readonly Segment[];
}

/** Relations are the same by oid, whatever they are called now. */
export function compareChoices(old: Choice, now: Choice): Difference {
  const before = new Map(old.segments.map((segment) => [segment.oid, segment]));
  const after = new Set(now.segments.map(({ oid }) => oid));
  return {
    added: now.segments.filter(({ oid }) => !before.has(oid)),
    lost: old.segments.filter(({ oid }) => !after.has(oid)),
    rewritten: now.key.length > 0 ? [] : now.segments.filter(({ oid, filenode }) => {
      const known = before.get(oid);
      return known !== undefined && known.filenode !== filenode;
    }),
  };
}
