// Pure.
/**
 * Constraints of a live table that build an index of their own.
 *
 * @module
 */

import type { ConstrType, Node } from "@pgsql/types";
import { newConstraints } from "./alteration.ts";
import { relationLabel } from "./relation_name.ts";
import type { Problem } from "./rule.ts";
import type { Scope } from "./scope.ts";

/**
 * Finds constraints of a type that are added to a live table without a ready index.
 *
 * @param constraint.word What the message calls it.
 */
export function* constraintsThatBuild(
  node: Node,
  scope: Scope,
  { type, word }: { readonly type: ConstrType; readonly word: string },
): Generator<Problem, void, undefined> {
  for (const { constraint, table, with: with_ } of newConstraints(node)) {
    if (constraint.contype !== type || constraint.indexname !== undefined) continue;
    if (with_ === "create" || !scope.isLive(table)) continue;
    yield {
      message:
        `Nobody can read or write ${relationLabel(table)} until the index is built. Build a ` +
        `unique index concurrently, and add the ${word} USING INDEX.`,
      location: constraint.location,
    };
  }
}
