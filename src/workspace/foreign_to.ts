/**
 * Whether a database that has no history of ours yet is somebody else's work.
 *
 * @module
 */

import type { ForeignDatabase } from "../adoption/foreign_database.ts";
import type { Session } from "../connection/session/session.ts";
import { planUp } from "../plan/up.ts";
import { EMPTY_HISTORY, type History, isNewHistory } from "../history/history.ts";
import type { Step } from "../plan/plan.ts";
import type { Target, Workspace } from "./workspace.ts";

/**
 * What `findForeign` finds. Without a look where the history is not new.
 *
 * @param asked.steps What would be run; default: every migration.
 * @throws {SqlError} What the server refused.
 */
export async function foreignTo(
  workspace: Workspace,
  { name, graph, history: where }: Target,
  { session, history, steps }: {
    readonly session: Session;
    readonly history: History;
    readonly steps?: readonly Step[];
  },
): Promise<ForeignDatabase | undefined> {
  if (!isNewHistory(history)) return undefined;
  const { findForeign } = await import("../adoption/find_foreign.ts");
  const { databases } = await workspace.source();
  const all = () => planUp({ database: name, graph, history: EMPTY_HISTORY }).steps;
  return await findForeign(session, {
    history: where,
    siblings: databases.filter((one) => one !== name),
    scripts: (steps ?? all()).map(({ script }) => script),
  });
}
