// Pure.
/**
 * Finds steps that need privileges which the migrating role may lack; an administrator can run them by
 * hand.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Definition } from "../definition/migration/definition.ts";
import type { Graph } from "../graph/graph.ts";
import type { Step } from "./plan.ts";

/** Whether a step is privileged; only up steps are. */
export function isPrivileged({ definition, direction }: Step): boolean {
  return direction === "up" && definition.metadata.privileged;
}

/** The privileged steps of one plan, in the order of the plan. */
export interface PrivilegedSteps {
  /** Steps that can be run by hand now, before the rest of the plan. */
  readonly now: readonly Step[];
  /** The first step that depends on another pending step, and all privileged steps after it. */
  readonly later: readonly Step[];
}

/**
 * Splits the privileged steps into those that can run before the plan and those that must wait.
 *
 * @param known.standsAlone Whether a step depends on no earlier step, parent or not.
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
    // A step after a waiting one cannot be recorded before it.
    if (isPrivileged(step)) (isFirst && later.length === 0 ? now : later).push(step);
    if (!isPrivileged(step) || !isFirst) waiting.add(version);
  }
  return { now, later };
}

/** A step with its statements as the file has them. */
export interface StepWithSql {
  readonly database: string;
  readonly step: Step;
  readonly statements: readonly string[];
}

/**
 * The confirmation that a person types after exactly these statements were run in exactly these
 * databases: 16 hexadecimal digits of a hash. The order of the databases does not matter.
 */
export function confirmationOf(steps: readonly StepWithSql[]): string {
  const rows = steps.map(({ database, step: { definition: { version } }, statements }) =>
    JSON.stringify([database, String(version), statements])
  );
  const digest = createHash("sha256").update(rows.toSorted().join("\n")).digest("hex");
  return digest.slice(0, 16);
}

/** The steps of a plan before its first privileged step that was not confirmed as run. */
export function upToUnconfirmed(
  steps: readonly Step[],
  confirmed: ReadonlySet<bigint>,
): readonly Step[] {
  const end = steps.findIndex((step) =>
    isPrivileged(step) && !confirmed.has(step.definition.version)
  );
  return end === -1 ? steps : steps.slice(0, end);
}
