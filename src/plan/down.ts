// Pure.
/**
 * Plans rollbacks.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { isIncomplete } from "../history/history.ts";
import {
  findTarget,
  migrationLabel,
  type Plan,
  type PlanInput,
  refuseDefects,
  refuseDirty,
  refuseUndefined,
  stepOf,
} from "./plan.ts";

/** What to roll back. */
export type DownTarget =
  | { readonly kind: "count"; readonly count: number }
  /** Rolls back the descendants of the targets; the targets themselves stay applied. */
  | { readonly kind: "targets"; readonly versions: readonly bigint[] };

/**
 * Plans to roll back applied migrations, each after all its descendants.
 *
 * @throws {Failure} `plan/unknown-target`, `plan/irreversible`, `history/dirty`,
 * `history/definition-missing`.
 */
export function planDown(input: PlanInput, to: DownTarget): Plan {
  const { graph } = input;
  const present = presentOrdered(input);
  if (to.kind === "count") {
    return rollback(input, present.slice(Math.max(0, present.length - to.count)));
  }
  for (const target of to.versions) findTarget(input, target);
  const kept = new Set(to.versions);
  const descendants = graph.descendants(to.versions);
  return rollback(
    input,
    present.filter(({ version }) => descendants.has(version) && !kept.has(version)),
  );
}

/**
 * Plans to roll back the one applied migration that has no applied descendant.
 *
 * @throws {Failure} `plan/ambiguous-undo` when there are several, with all of them in `facts`.
 */
export function planUndo(input: PlanInput): Plan {
  return rollback(input, lastApplied(input, "undo"));
}

/** Plans to roll back the last migration and apply it again, for authors. */
export function planRedo(input: PlanInput): Plan {
  const { database } = input;
  const last = lastApplied(input, "redo");
  const { steps } = rollback(input, last);
  const again = last.map((d) => stepOf(d, { database, direction: "up" as const }));
  refuseDefects(again);
  return { database, steps: [...steps, ...again] };
}

function lastApplied(input: PlanInput, attempted: string): Definition[] {
  const { database, graph } = input;
  const ordered = presentOrdered(input);
  const present = new Set(ordered.map(({ version }) => version));
  // A migration has an applied descendant even if one in between is not applied.
  const candidates = ordered.filter(({ version }) =>
    ![...graph.descendants([version])].some((d) => d !== version && present.has(d))
  );
  if (candidates.length > 1) {
    const list = candidates.map(migrationLabel);
    throw new Failure(
      "plan/ambiguous-undo",
      `Cannot ${attempted} in database "${database}": ${list.length} applied migrations have none ` +
        `built on them: ${list.join(", ")}.`,
      {
        hint: `Say how far back to go: migrator down --target VERSION --db ${database}, ` +
          `or take back the one that comes last in order: migrator down 1 --db ${database}`,
        facts: { database, candidates: candidates.map(({ version }) => String(version)) },
      },
    );
  }
  return candidates;
}

/**
 * The definitions of applied migrations, parents first; also of partly applied ones, which may depend
 * on earlier migrations and are therefore rolled back first.
 */
function presentOrdered(input: PlanInput): Definition[] {
  const { graph, history } = input;
  const present = new Set(
    [...history.versions.values()]
      .filter((known) => known.state === "applied" || isIncomplete(known))
      .map(({ version }) => version),
  );
  refuseUndefined(input, present);
  return graph.ordered.filter(({ version }) => present.has(version));
}

function rollback(input: PlanInput, definitions: readonly Definition[]): Plan {
  const { database } = input;
  const steps = definitions.toReversed().map((d) => stepOf(d, { database, direction: "down" }));
  refuseDirty(input, steps);
  return { database, steps };
}
