// Pure.
/**
 * What travels with some migrations beside their own statements: the port by which background work
 * is queued, awaited and ended.
 *
 * @module
 */

import type { ServerError, Session } from "../connection/session.ts";
import type { Failure } from "../failure.ts";
import type { Step } from "../plan/plan.ts";

/** Where a step stands in its run. */
export interface Surroundings {
  /** The session that the step will run in; no transaction is open. */
  readonly session: Session;
  /** Steps that the run is still to do after this one. */
  readonly following: readonly Step[];
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
}

/** Something that goes along with a run. */
export interface Companion {
  /** Whether it has anything to do with a step: such a step is never run together with others. */
  concerns(step: Step): boolean;

  /**
   * Does whatever must be done before the step's transaction is opened, and may take minutes.
   *
   * @returns Statements for the step's own transaction, after its script's and before its history
   * row. They are sent as the migrating role, one message each.
   * @throws {Failure} Why the step must not be run.
   */
  prepare(step: Step, surroundings: Surroundings): Promise<readonly string[]>;

  /** What the refusal of one of those statements means; undefined: what it means of any other. */
  explain(step: Step, error: ServerError): Failure | undefined;
}
