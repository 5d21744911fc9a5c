// Pure.
/**
 * The steps of a plan as text and as records.
 *
 * @module
 */

import { REFERENCE_KEYS } from "../../definition/batched/batched_reference.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import { isPrivileged } from "../../plan/privileged.ts";

/** `up   1650000100 (add_users)  [concurrent index]`. */
export function stepLine(step: Step, { byHand }: { readonly byHand: boolean }): string {
  const { direction, definition } = step;
  return `${direction.padEnd(4)} ${migrationLabel(definition)}${remarks(step, byHand)}`;
}

/** The record of a step that would be run. */
export function stepRecord(
  step: Step,
  { database, byHand }: { readonly database: string; readonly byHand: boolean },
) {
  const { definition, direction, script } = step;
  return {
    event: "step",
    database,
    version: definition.version,
    name: definition.name,
    direction,
    file: script.path,
    transaction: script.transaction,
    privileged: definition.metadata.privileged,
    by_hand: byHand && isPrivileged(step),
    statements: script.statements.length,
    ...(step.squashed === undefined ? {} : { squashed: step.squashed.length + 1 }),
    ...batchedOf(step),
  };
}

function remarks(step: Step, byHand: boolean): string {
  const { script, definition } = step;
  const words = [];
  if (script.statements.some((s) => s.concurrentIndex)) words.push("concurrent index");
  else if (script.transactions) words.push("transactions of its own");
  else if (script.transaction === "none") words.push("outside a transaction");
  if (step.squashed) words.push(`squash of ${step.squashed.length + 1} migrations`);
  if (definition.metadata.privileged) words.push("privileged");
  if (byHand && isPrivileged(step)) words.push("recorded, not run");
  for (const [key, names] of Object.entries(batchedOf(step))) {
    words.push(`${key} ${names.join(", ")}`);
  }
  return words.length > 0 ? `  [${words.join(", ")}]` : "";
}

/** Batched migrations that a step queues, finalizes or deletes, by key; empty keys are left out. */
function batchedOf({ definition: { metadata }, direction }: Step) {
  if (direction === "down") return {};
  return Object.fromEntries(
    REFERENCE_KEYS.flatMap((key) => {
      const names = metadata[key]?.map(({ name }) => name) ?? [];
      return names.length > 0 ? [[key, names] as const] : [];
    }),
  );
}
