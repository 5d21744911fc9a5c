// Pure.
/**
 * The port through which batched migrations add statements to a step, and work before it.
 *
 * @module
 */

import type { ServerError, Session } from "../connection/session/session.ts";
import type { Failure } from "../failure.ts";
import type { Step } from "./plan.ts";

/** Where a step stands in its run. */
export interface StepContext {
  /** The session that the step will run in; no transaction is open. */
  readonly session: Session;
  /** Steps that the run is still to do after this one. */
  readonly following: readonly Step[];
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
}

/**
 * Whether a step says anything of batched migrations. Such a step is never run together with others,
 * nor without a companion.
 */
export function needsHooks({ definition: { metadata }, direction }: Step): boolean {
  const { queues, deletes, finalizes } = metadata;
  // What came to its end does not begin anew because its schema migration is taken back.
  return (queues ?? deletes ?? (direction === "up" ? finalizes : undefined)) !== undefined;
}

/** Something that goes along with a run. */
export interface StepHooks {
  /**
   * Does whatever must be done before the step's transaction is opened, and may take minutes.
   *
   * @returns Statements for the step's own transaction, after its script's and before its history
   * row. They are sent as the migrating role, one message each.
   * @throws {Failure} Why the step must not be run.
   */
  prepare(step: Step, context: StepContext): Promise<readonly string[]>;

  /** What the refusal of one of those statements means; undefined: what it means of any other. */
  explain(step: Step, error: ServerError): Failure | undefined;
}
