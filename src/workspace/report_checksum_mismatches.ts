/**
 * Reports applied migrations whose files changed since.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { readVersionDetails } from "../history/read_history.ts";
import { checksumMismatches } from "../plan/checksum_mismatch.ts";
import type { Plan } from "../plan/plan.ts";
import type { Target, Workspace } from "./workspace.ts";

/**
 * Looks only when the plan has something to run: an `up` with nothing to do stays two queries.
 *
 * @throws {Failure} `history/other-product`.
 */
export async function reportChecksumMismatches(
  workspace: Workspace,
  { name, graph, history }: Target,
  { plan, session }: { readonly plan: Plan; readonly session: Session },
): Promise<Plan> {
  if (plan.steps.length === 0) return plan;
  const details = await readVersionDetails(session, history);
  const edited = checksumMismatches({ database: name, graph }, details).map(({ version }) =>
    version
  );
  if (edited.length > 0) {
    workspace.warnOnce(
      `${edited.length} applied migration${edited.length === 1 ? " was" : "s were"} edited in ` +
        `database "${name}" since: ${edited.slice(0, 5).join(", ")}` +
        `${edited.length > 5 ? ", …" : ""}. What ran is not run again. See: migrator status`,
    );
  }
  return plan;
}
