/**
 * Reports applied migrations whose files have changed since.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import type { History } from "../history/history.ts";
import { readVersionDetails } from "../history/read_history.ts";
import { checksumMismatches, editedIn } from "../plan/checksum_mismatch.ts";
import type { Target, Workspace } from "./workspace.ts";

/**
 * Queries the stored definitions only when a checksum differs, whether or not anything is pending.
 *
 * @throws {Failure} `history/other-product`.
 */
export async function reportChecksumMismatches(
  workspace: Workspace,
  { name, graph, history }: Target,
  { found, session }: { readonly found: History; readonly session: Session },
): Promise<void> {
  if (editedIn(graph, found).length === 0) return;
  const details = await readVersionDetails(session, history);
  const edited = checksumMismatches({ database: name, graph }, details).map(({ version }) =>
    version
  );
  workspace.warnOnce(
    `${edited.length} applied migration${edited.length === 1 ? " was" : "s were"} edited in ` +
      `database "${name}" since: ${edited.slice(0, 5).join(", ")}` +
      `${edited.length > 5 ? ", …" : ""}. What ran is not run again. See: migrator status`,
  );
}
