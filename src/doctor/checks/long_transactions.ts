/**
 * Finds transactions that a migration would wait for: long ones, and forgotten prepared ones.
 *
 * @module
 */

import { formatAge } from "../../format/elapsed_time.ts";
import { formatCount } from "../../format/count.ts";
import type { Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  grantMonitorHint,
  look,
  makeCheck,
  ok,
  warn,
} from "../check/check.ts";

/** A transaction that has been open for a long time. */
export interface LongTransaction {
  readonly pid: string;
  readonly application: string;
  readonly role: string;
  /** State of its session: `idle in transaction`, `active`. */
  readonly state: string;
  readonly seconds: number;
}

/** A prepared transaction that waits for COMMIT PREPARED. */
export interface PreparedTransaction {
  readonly gid: string;
  readonly owner: string;
  readonly seconds: number;
}

/** The transactions of the database. */
export interface Transactions {
  readonly long: readonly LongTransaction[];
  readonly prepared: readonly PreparedTransaction[];
  /** Number of sessions in this database whose transactions the role must not see. */
  readonly unseen: number;
  readonly role: string;
}

/** Seconds from which a transaction counts as long. */
const LONG = 300;

export const longTransactionsCheck = makeCheck({
  name: "long-transactions",
  embedded: false,
  read,
  judge: judgeTransactions,
});

async function read(session: Session, { role }: CheckedDatabase): Promise<Transactions> {
  const rows = await look(
    session,
    `SELECT pid, application_name AS application, usename AS role, state,
      query = '<insufficient privilege>' AS unseen,
      EXTRACT(epoch FROM pg_catalog.clock_timestamp() - xact_start)::pg_catalog.int8 AS seconds
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND (query = '<insufficient privilege>'
        OR xact_start < pg_catalog.clock_timestamp() - INTERVAL '${LONG} s')
    ORDER BY xact_start`,
  );
  const prepared = await look(
    session,
    `SELECT gid, owner,
      EXTRACT(epoch FROM pg_catalog.clock_timestamp() - prepared)::pg_catalog.int8 AS seconds
    FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()
    ORDER BY prepared`,
  );
  return {
    long: rows.filter((row) => row["unseen"] !== "t").map((row) => ({
      pid: row["pid"] ?? "",
      application: row["application"] || "an unnamed application",
      role: row["role"] ?? "unknown",
      state: row["state"] ?? "unknown",
      seconds: Number(row["seconds"]),
    })),
    prepared: prepared.map((row) => ({
      gid: row["gid"] ?? "",
      owner: row["owner"] ?? "unknown",
      seconds: Number(row["seconds"]),
    })),
    unseen: rows.filter((row) => row["unseen"] === "t").length,
    role,
  };
}

/** One result for each such transaction, and one for those that the role must not see. */
export function judgeTransactions(found: Transactions): readonly CheckResult[] {
  const { long, prepared, unseen, role } = found;
  const results = [
    ...long.flatMap(({ pid, application, role, state, seconds }) =>
      warn(
        `pid ${pid} (${application}, role ${role}) has been in a transaction for ${
          formatAge(seconds)
        }, ` +
          `${state}; concurrent index builds wait for its end, and so may migrations`,
        `Ask its owner, or end it: SELECT pg_terminate_backend(${pid})`,
      )
    ),
    ...prepared.filter(({ seconds }) => seconds >= LONG).flatMap(({ gid, owner, seconds }) =>
      warn(
        `transaction ${quoteLiteral(gid)} of ${owner} was prepared ${
          formatAge(seconds)
        } ago, and keeps ` +
          "its locks until somebody ends it",
        `Ask ${owner}, then COMMIT PREPARED ${quoteLiteral(gid)} or ROLLBACK PREPARED ${
          quoteLiteral(gid)
        }`,
      )
    ),
    ...(unseen === 0 ? [] : warn(
      `what ${formatCount(unseen, "session")} of other roles ` +
        `${unseen === 1 ? "does" : "do"} cannot be seen by this role`,
      grantMonitorHint(role),
    )),
  ];
  return results.length > 0 ? results : ok("none is older than 5 min");
}
