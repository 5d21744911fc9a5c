// Pure.
/**
 * The query that both adapters ask when a session was opened, and its row as facts.
 *
 * @module
 */

import type { Pooling, Row, ServerFacts } from "./session.ts";

const FACTS = `SELECT pg_catalog.pg_backend_pid() AS pid, CURRENT_USER AS role,
  pg_catalog.current_setting('server_version_num') AS version,
  pg_catalog.current_setting('synchronous_commit') AS synchronous_commit,
  pg_catalog.current_setting('default_transaction_read_only') AS read_only,
  pg_catalog.current_setting('standard_conforming_strings') AS standard_strings,
  pg_catalog.pg_is_in_recovery() AS standby`;

/** Facts of a session that has not asked for them yet. */
export function unknownFacts({ embedded }: { readonly embedded: boolean }): ServerFacts {
  return {
    version: 0,
    pid: 0,
    role: "",
    pooling: "none",
    synchronousCommit: "on",
    readOnly: false,
    standardStrings: true,
    standby: false,
    embedded,
  };
}

/** @param condition A condition in SQL that is asked besides; undefined: none. */
export function factsQuery(condition: string | undefined): string {
  return condition === undefined ? FACTS : `${FACTS}, ${condition} AS held`;
}

/** @param row The row of `factsQuery`. */
export function toServerFacts(
  row: Row,
  { pooling, embedded }: { readonly pooling: Pooling; readonly embedded: boolean },
): ServerFacts {
  return {
    version: Number(row["version"]),
    pid: Number(row["pid"]),
    role: row["role"] ?? "",
    pooling,
    synchronousCommit: row["synchronous_commit"] ?? "on",
    readOnly: row["read_only"] === "on",
    standardStrings: row["standard_strings"] === "on",
    ...("held" in row ? { conditionHeld: row["held"] === "t" } : {}),
    standby: row["standby"] === "t",
    embedded,
  };
}
