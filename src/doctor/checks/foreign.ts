/**
 * Whether a database without a history of ours is another tool's work.
 *
 * @module
 */

import { findForeign } from "../../adoption/find_foreign.ts";
import type { ForeignDatabase } from "../../adoption/foreign_database.ts";
import { foreignWords } from "../../adoption/refuse_foreign.ts";
import { isNewHistory } from "../../history/history.ts";
import { fail, makeCheck } from "../check/check.ts";

/** What `up` would refuse with `history/foreign` is said in the same words; else nothing is said. */
export const foreignCheck = makeCheck({
  name: "foreign",
  embedded: true,
  read: async (
    session,
    { past, graph, history, siblings },
  ): Promise<ForeignDatabase | undefined> => {
    if (graph === undefined || !isNewHistory(await past())) return undefined;
    const scripts = graph.ordered.map(({ up }) => up);
    return await findForeign(session, { history, siblings, scripts });
  },
  judge: (foreign, { history: { database } }) => {
    if (foreign === undefined) return [];
    const { found, next } = foreignWords(foreign, database);
    return fail(found, next);
  },
});
