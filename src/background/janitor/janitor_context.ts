/**
 * What the parts of the janitor share.
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
  /** Whose doing it is: `app@host`. */
  readonly who: string;
  readonly clock: Clock;
  readonly report: BackgroundReporter;
  /** Aborted when it is to end; another janitor goes on with what it began. */
  readonly signal: AbortSignal;
}
