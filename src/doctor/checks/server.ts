/**
 * Reports the server's version, and whether it accepts writes.
 *
 * @module
 */

import { type CheckResult, fail, lookAtOne, makeCheck, ok, warn } from "../check/check.ts";

/** The oldest and the newest major version that migrator is tested with. */
const KNOWN = [13, 18] as const;

/** The server's version and state. */
export interface ServerFound {
  /** `18.4 (Debian 18.4-1)`. */
  readonly version: string;
  /** `server_version_num`. */
  readonly number: number;
  readonly standby: boolean;
  readonly embedded: boolean;
}

export const serverCheck = makeCheck({
  name: "server",
  embedded: true,
  read: async (session): Promise<ServerFound> => {
    const row = await lookAtOne(
      session,
      "SELECT pg_catalog.current_setting('server_version') AS version",
    );
    const { version: number, standby, embedded } = session.server;
    return { version: row["version"] ?? String(number), number, standby, embedded };
  },
  judge: judgeServer,
});

/** The version first, then whether migrations can run on it. */
export function judgeServer(
  { version, number, standby, embedded }: ServerFound,
): readonly CheckResult[] {
  const name = `PostgreSQL ${version}${embedded ? ", embedded in this program" : ""}`;
  const [oldest, newest] = KNOWN;
  const major = Math.floor(number / 10_000);
  const versions = major < oldest
    ? fail(
      `${name} is older than ${oldest}, the oldest that this program works with`,
      `Upgrade the server to PostgreSQL ${oldest} or later`,
    )
    : major > newest
    ? warn(
      `${name} is newer than ${newest}, the newest that this program was tested with`,
      "Look for a newer migrator, or try it on a copy first",
    )
    : ok(standby ? name : `${name}, takes writes`);
  if (!standby) return versions;
  return [
    ...versions,
    ...fail(
      "it is a standby (in recovery) and can only be read",
      "Connect to the primary, or give several hosts and target_session_attrs=read-write",
    ),
  ];
}
