// Pure.
/**
 * Explains that a standby can only be read.
 *
 * @module
 */

import type { Connector } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import type { BackgroundTables } from "./rows.ts";

/** During a failover the former primary may be a standby, too. */
export function standby(
  { label }: Pick<Connector, "label">,
  { database }: BackgroundTables,
): Failure {
  return new Failure(
    "connection/read-only",
    `Cannot change or run the batched migrations of "${database}": ${label} is a standby and can ` +
      "only be read.",
    { hint: "Connect to the primary, or give several hosts and target_session_attrs=read-write." },
  );
}
