/**
 * The parts of a table that are walked, each with how it is walked.
 *
 * @module
 */

import type { Session } from "../../connection/session.ts";
import type { BatchedMigration } from "../../definition/batched_migration.ts";
import { renderTemplate } from "../../definition/sql_template.ts";
import type { Choice, Segment } from "../choice.ts";
import { BUILT_IN } from "../strategy/strategies.ts";
import type { BatchingStrategy, Range, Walk } from "../strategy/strategy.ts";
import { segmentWalk } from "../walk.ts";

/** A relation that is walked, with how it is. */
export interface Ground {
  readonly segment: Segment;
  readonly walk: Walk;
  readonly strategy: BatchingStrategy;
  /** Of the relation. */
  readonly bytes: number;
}

/** In the order in which they are walked; none for a strategy of a team's own. */
export async function groundsOf(
  session: Session,
  { declaration, choice }: { readonly declaration: BatchedMigration; readonly choice: Choice },
): Promise<readonly Ground[]> {
  const { strategy } = declaration;
  if (strategy === "custom" || choice.segments.length === 0) return [];
  const { rows } = await session.query(
    "SELECT oid, pg_relation_size(oid) AS bytes FROM pg_class " +
      `WHERE oid IN (${choice.segments.map(({ oid }) => oid).join(", ")})`,
  );
  const sizes = new Map(rows.map((row) => [row["oid"], Number(row["bytes"])]));
  const { version: server } = session.server;
  return choice.segments.map((segment, index) => ({
    segment,
    strategy: BUILT_IN[strategy],
    walk: segmentWalk({ declaration, walk: choice }, { segment: index, server }),
    bytes: sizes.get(segment.oid) ?? 0,
  }));
}

/** The statements of a sub-batch as a worker would send them. */
export function statementsOf(
  declaration: BatchedMigration,
  { ground: { strategy, walk }, range }: { readonly ground: Ground; readonly range: Range },
): readonly string[] {
  const condition = (alias: string) => strategy.condition(walk, { ...range, alias });
  return declaration.sql.map((template) =>
    renderTemplate(template, { condition, arguments: declaration.arguments })
  );
}

/** The same for no rows at all: the server says of them what is wrong, and nothing else. */
export function emptyStatementsOf(declaration: BatchedMigration): readonly string[] {
  return declaration.sql.map((template) =>
    renderTemplate(template, { condition: () => "false", arguments: declaration.arguments })
  );
}
