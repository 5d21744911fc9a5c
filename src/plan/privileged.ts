// Pure.
/**
 * Finds steps that need privileges which the migrating role may lack, and which an administrator
 * can run by hand.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Definition } from "../definition/migration/definition.ts";
import type { Graph } from "../graph/graph.ts";
import type { Step } from "./plan.ts";

/** A privileged step of a way up. */
export function isPrivileged({ definition, direction }: Step): boolean {
  return direction === "up" && definition.metadata.privileged;
}

/** The privileged steps of one plan, in its order. */
export interface PrivilegedSteps {
  /** Can be run by hand now, before anything else of the plan. */
  readonly now: readonly Step[];
  /** The first that is built on something of the plan that must be run before it, and all after it. */
  readonly later: readonly Step[];
}

/**
 * What an administrator can run before the plan is, and what only in the middle of it.
 *
 * @param known.standsAlone Whether a step needs nothing of what comes before it, parents or not.
 */
export function privilegedSteps(
  steps: readonly Step[],
  known: { readonly graph: Graph<Definition>; readonly standsAlone: (step: Step) => boolean },
): PrivilegedSteps {
  const now: Step[] = [];
  const later: Step[] = [];
  const waiting = new Set<bigint>();
  for (const step of steps) {
    const { version } = step.definition;
    const isFirst = known.standsAlone(step) ||
      ![...known.graph.ancestors([version])].some((ancestor) => waiting.has(ancestor));
    // What comes behind one that waits cannot be recorded before it.
    if (isPrivileged(step)) (isFirst && later.length === 0 ? now : later).push(step);
    if (!isPrivileged(step) || !isFirst) waiting.add(version);
  }
  return { now, later };
}

/** A step with the statements that are run for it, as they are in its file. */
export interface StepWithSql {
  readonly database: string;
  readonly step: Step;
  readonly statements: readonly string[];
}

/**
 * What a person types who has had exactly these statements run in exactly these databases: 16
 * hexadecimal digits. Another order of the databases is the same.
 */
export function confirmationOf(steps: readonly StepWithSql[]): string {
  const rows = steps.map(({ database, step: { definition: { version } }, statements }) =>
    JSON.stringify([database, String(version), statements])
  );
  const digest = createHash("sha256").update(rows.toSorted().join("\n")).digest("hex");
  return digest.slice(0, 16);
}

/** What a plan can do without the privileged steps that nobody has run: all that comes before. */
export function upToUnconfirmed(
  steps: readonly Step[],
  confirmed: ReadonlySet<bigint>,
): readonly Step[] {
  const end = steps.findIndex((step) =>
    isPrivileged(step) && !confirmed.has(step.definition.version)
  );
  return end === -1 ? steps : steps.slice(0, end);
}
