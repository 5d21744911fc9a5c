/**
 * The context that all functions of the janitor share.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { BackgroundReporter } from "../state/event.ts";
import type { BackgroundTables } from "../state/rows.ts";

/** A janitor with its session. */
export interface JanitorContext {
  readonly name: BackgroundTables;
  readonly session: Session;
  /** The actor in events: `app@host`. */
  readonly who: string;
  readonly clock: Clock;
  readonly report: BackgroundReporter;
  /** Aborted when the janitor is to stop; another janitor continues its chunk. */
  readonly signal: AbortSignal;
}
