// Pure.
/**
 * The relation of a batch as a strategy walks it.
 *
 * @module
 */

import { renderTemplate } from "../definition/sql_template.ts";
import type { Job, StoredMigration } from "./store.ts";
import { partOf } from "./strategy/part.ts";
import type { Walk } from "./strategy/strategy.ts";

/** @throws {RangeError} When the migration was not begun, or has no such segment. */
export function segmentWalk(
  { declaration, walk }: Pick<StoredMigration, "declaration" | "walk">,
  at: { readonly segment: number; readonly server: number },
): Walk {
  const segment = walk?.segments[at.segment];
  if (!walk || !segment) throw new RangeError(`${declaration.name} has no segment ${at.segment}`);
  const { filter } = declaration;
  return {
    relation: segment.relation,
    key: walk.key,
    server: at.server,
    ...(segment.isPart ? { part: partOf(segment) } : {}),
    ...(filter
      ? { filter: (alias) => renderTemplate(filter, { alias, arguments: declaration.arguments }) }
      : {}),
  };
}

/** The walk that a batch is part of. */
export function walkOf({ migration, segment }: Job, server: number): Walk {
  return segmentWalk(migration, { segment, server });
}
