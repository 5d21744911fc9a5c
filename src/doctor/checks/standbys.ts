/**
 * Checks that COMMIT does not wait for disconnected standbys.
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Session } from "../../connection/session/session.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  fail,
  grantMonitorHint,
  look,
  lookAtOne,
  makeCheck,
  ok,
  warn,
} from "../check/check.ts";

/** The settings of synchronous replication, and the connected standbys. */
export interface Standbys {
  /** `synchronous_standby_names`. */
  readonly names: string;
  /** `synchronous_commit` of migrator's sessions. */
  readonly commit: string;
  /** Number of standbys that are synchronous now. */
  readonly synchronous: number;
  readonly connected: number;
  /** Number of connected standbys whose state the role must not see. */
  readonly unseen: number;
  readonly role: string;
}

export const standbysCheck = makeCheck({
  name: "standbys",
  embedded: false,
  read,
  judge: judgeStandbys,
});

async function read(session: Session, { role }: CheckedDatabase): Promise<Standbys> {
  const setting = await lookAtOne(
    session,
    "SELECT pg_catalog.current_setting('synchronous_standby_names') AS names",
  );
  const rows = await look(session, "SELECT sync_state FROM pg_catalog.pg_stat_replication");
  return {
    names: setting["names"] ?? "",
    commit: session.server.synchronousCommit,
    synchronous: rows.filter((row) => ["sync", "quorum"].includes(row["sync_state"] ?? "")).length,
    connected: rows.length,
    unseen: rows.filter((row) => row["sync_state"] === null).length,
    role,
  };
}

/**
 * A run commits synchronously at least once, whatever `synchronous_commit` is, except for `local`.
 */
export function judgeStandbys(found: Standbys): readonly CheckResult[] {
  const { names, commit, synchronous, connected, unseen, role } = found;
  const there = `${formatCount(connected, "standby")} connected`;
  if (names === "" || commit === "local") return ok(`${there}; commits wait for none`);
  const wanted = wantedStandbys(names);
  const requirement = `synchronous_standby_names = '${names}' asks for ${wanted}`;
  if (synchronous >= wanted) {
    return ok(`${there}, ${synchronous} of them synchronous; ${requirement}`);
  }
  if (unseen > 0) {
    return warn(
      `${requirement}; whether they are there cannot be seen by this role`,
      grantMonitorHint(role),
    );
  }
  return fail(
    `${requirement}, and ${
      synchronous === 0 ? "none" : `only ${synchronous}`
    } is there: every COMMIT ` +
      "waits for ever",
    "Bring the standbys back, or let an administrator run: " +
      "ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf()",
  );
}

/**
 * Number of standbys that must confirm: `FIRST 2 (a, b)`, `ANY 2 (a, b)`, `2 (a, b)`, or a list,
 * which needs one.
 */
function wantedStandbys(names: string): number {
  return Number(/^\s*(?:(?:FIRST|ANY)\s+)?(\d+)\s*\(/i.exec(names)?.[1] ?? 1);
}
