/**
 * The check of `doctor` for batched migrations that are unfinished or wait for a person.
 *
 * @module
 */

import {
  readUnfinished,
  type UnfinishedSummary,
  unfinishedText,
} from "../../../background/status/read_unfinished.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  makeCheck,
  ok,
  warn,
} from "../../../doctor/check/check.ts";

export const backgroundCheck = makeCheck({
  name: "batched-migrations",
  embedded: true,
  read: (session, { history }) => readUnfinished(session, history),
  judge: judgeUnfinished,
});

/** No result when every migration is finished. */
export function judgeUnfinished(
  unfinished: UnfinishedSummary,
  { history: { database } }: Pick<CheckedDatabase, "history">,
): readonly CheckResult[] {
  const found = unfinishedText(unfinished);
  if (found === undefined) return [];
  const list = `migrator background list --unfinished --db ${database}`;
  if (unfinished.failed) return warn(found, `See why: ${list}`);
  return unfinished.paused ? warn(found, `See which wait to be resumed: ${list}`) : ok(found);
}
