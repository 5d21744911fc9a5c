/**
 * Pauses the batched migrations of schema migrations that are about to be reverted.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { representableValue } from "../../history/representable.ts";
import { inTransaction } from "../state/background_transaction.ts";
import type { BackgroundTables } from "../state/rows.ts";
import { isRunnable } from "../state/state_machine.ts";
import { moveMigration } from "../state/transition.ts";
import type { BatchedWayBack } from "./way_back.ts";

/**
 * Pauses those that workers run forward. A worker learns of it in its next sub-batch.
 *
 * @param session Outside any transaction.
 * @returns The names of those that were paused.
 */
export async function stopForRevert(
  session: Session,
  name: BackgroundTables,
  { batched, who }: { readonly batched: readonly BatchedWayBack[]; readonly who: string },
): Promise<readonly string[]> {
  const running = batched.filter(({ disposition, newest }) =>
    newest.direction === "up" && isRunnable(newest.status) && disposition !== "restore"
  );
  if (running.length === 0) return [];
  const actor = await representableValue(session, who);
  await inTransaction(
    session,
    running.map(({ newest, version }) =>
      moveMigration(name, {
        migration: newest.id,
        event: "pause",
        who: actor,
        reason: `migration ${version} is taken back`,
        details: { migration: String(version), direction: "down" },
      })
    ),
  );
  return running.map(({ newest }) => newest.name);
}
