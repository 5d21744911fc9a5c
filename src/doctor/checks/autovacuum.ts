/**
 * Checks that autovacuum is on.
 *
 * @module
 */

import { type CheckResult, lookAtOne, makeCheck, ok, warn } from "../check/check.ts";

export const autovacuumCheck = makeCheck({
  name: "autovacuum",
  embedded: false,
  read: async (session) => {
    const row = await lookAtOne(
      session,
      `SELECT pg_catalog.current_setting('autovacuum') AS autovacuum,
        pg_catalog.current_setting('track_counts') AS track_counts`,
    );
    return (["autovacuum", "track_counts"] as const).filter((name) => row[name] === "off");
  },
  judge: judgeAutovacuum,
});

/** @param off Which of `autovacuum` and `track_counts` are off. */
export function judgeAutovacuum(off: readonly string[]): readonly CheckResult[] {
  if (off.length === 0) return ok("on");
  return warn(
    `${off.join(" and ")} ${off.length === 1 ? "is" : "are"} off: tables that migrations rewrite ` +
      "bloat, and their statistics grow old",
    off.map((name) => `ALTER SYSTEM SET ${name} = on`).join("; ") + "; SELECT pg_reload_conf()",
  );
}
