// Pure.
/**
 * The port through which batched migrations add statements to a step, and work before it.
 *
 * @module
 */

import type { ServerError, Session } from "../connection/session/session.ts";
import type { Failure } from "../failure.ts";
import type { Step } from "./plan.ts";

/** The surroundings of a step in its run. */
export interface StepContext {
  /** The session that the step will run in; no transaction is open. */
  readonly session: Session;
  /** The later steps of the run. */
  readonly following: readonly Step[];
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
}

/**
 * Whether a step queues, finalizes or deletes batched migrations. Such a step is never run in a group,
 * nor without hooks. What a squash makes has no rows that could be worked through.
 */
export function needsHooks({ definition: { metadata }, direction, squashed }: Step): boolean {
  if (squashed !== undefined) return false;
  const { queues, deletes, finalizes } = metadata;
  // A rollback does not restart batched migrations that were finalized.
  return (queues ?? deletes ?? (direction === "up" ? finalizes : undefined)) !== undefined;
}

/** Hooks of batched migrations into the steps of a run. */
export interface StepHooks {
  /**
   * Does the work before the step's transaction is opened. May take minutes.
   *
   * @returns Statements for the step's own transaction, after its script's and before its history
   * row. They are sent as the migrating role.
   * @throws {Failure} Why the step must not be run.
   */
  prepare(step: Step, context: StepContext): Promise<readonly string[]>;

  /** The failure for an error of one of those statements; undefined for the usual failure. */
  explain(step: Step, error: ServerError): Failure | undefined;
}
