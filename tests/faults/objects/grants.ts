// Pure.
/**
 * Rights: default privileges of each kind, rights revoked from the owner and from everybody.
 *
 * @module
 */

import type { DbaObject } from "./dba_object.ts";

function defaultPrivileges(what: string, to = "PUBLIC"): DbaObject {
  return {
    name: `default privileges on ${what} for ${to === "PUBLIC" ? "everybody" : "a role"}`,
    isFirst: true,
    sql: `ALTER DEFAULT PRIVILEGES GRANT ALL ON ${what} TO ${to}`,
    changesContents: true,
  };
}

/** What is everybody's until an administrator hardens the database, and how `up` ends without it. */
const HARDENED: readonly (readonly [what: string, ends?: number])[] = [
  ["EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint)", 7],
  ["EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean)", 7],
  ["EXECUTE ON FUNCTION pg_catalog.current_setting(text)", 3],
  ["EXECUTE ON FUNCTION pg_catalog.hashtextextended(text, bigint)", 5],
  ["EXECUTE ON FUNCTION pg_catalog.pg_backend_pid()", 3],
  ["EXECUTE ON FUNCTION pg_catalog.aclexplode(aclitem[])", 5],
  ["EXECUTE ON FUNCTION pg_catalog.pg_blocking_pids(integer)"],
  ["EXECUTE ON FUNCTION pg_catalog.pg_xact_status(xid8)"],
  ["EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer)"],
  ["EXECUTE ON FUNCTION pg_catalog.pg_is_in_recovery()", 3],
  ["SELECT ON pg_catalog.pg_stat_activity"],
  ["SELECT ON pg_catalog.pg_locks", 5],
  ["SELECT ON pg_catalog.pg_settings", 7],
  ["SELECT ON pg_catalog.pg_roles", 7],
  ["SELECT ON pg_catalog.pg_proc"],
  ["SELECT ON pg_catalog.pg_class", 3],
];

export const GRANTS: readonly DbaObject[] = [
  ...["TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS"].flatMap((what) => [
    defaultPrivileges(what),
    defaultPrivileges(what, "{other}"),
  ]),
  {
    name: "default privileges that a grantee may pass on",
    isFirst: true,
    sql: "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {other} WITH GRANT OPTION",
    changesContents: true,
  },
  {
    name: "default privileges that take the owner's",
    isFirst: true,
    runner: "owner",
    sql: "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE ALL ON TABLES FROM {owner}",
    changesContents: true,
  },
  {
    name: "every right on the history for everybody",
    sql: `GRANT USAGE ON SCHEMA migrator TO PUBLIC;
      GRANT ALL ON ALL TABLES IN SCHEMA migrator TO PUBLIC`,
    ends: 5,
  },
  {
    name: "rights on single columns of the history",
    sql: "GRANT UPDATE (error), INSERT (note) ON migrator.migration_logs TO {other}",
    ends: 0,
  },
  ...["databases", "migration_logs", "migration_definitions"].flatMap((table) =>
    ["SELECT", "INSERT", "UPDATE"].map((right): DbaObject => ({
      name: `${right} on ${table} revoked from its owner`,
      runner: "owner",
      sql: `REVOKE ${right} ON migrator.${table} FROM {owner}`,
      ends: 5,
    }))
  ),
  {
    name: "all but single columns revoked from the owner",
    runner: "owner",
    sql: `REVOKE UPDATE ON migrator.databases FROM {owner};
      GRANT UPDATE (fence, tool_version) ON migrator.databases TO {owner}`,
    ends: 5,
  },
  {
    name: "the schema of the history revoked from its owner",
    runner: "owner",
    sql: "REVOKE USAGE ON SCHEMA migrator FROM {owner}",
    ends: 5,
    cure: "GRANT USAGE ON SCHEMA migrator TO {owner}",
  },
  ...HARDENED.map(([what, ends]): DbaObject => ({
    name: `${what} revoked from everybody`,
    isFirst: true,
    runner: "owner",
    sql: `REVOKE ${what} FROM PUBLIC`,
    cure: `GRANT ${what} TO PUBLIC`,
    // The view of the history that the oracle reads needs some of them, too.
    undo: `GRANT ${what} TO PUBLIC`,
    ...(ends === undefined ? {} : { ends }),
  })),
  {
    name: "no right to create in the database",
    isFirst: true,
    runner: "owner",
    sql:
      "REVOKE ALL ON DATABASE {database} FROM {owner}, PUBLIC; GRANT CONNECT ON DATABASE {database} TO {owner}",
    ends: 5,
    cure: "GRANT ALL ON DATABASE {database} TO {owner}",
  },
  {
    name: "no right to create in public",
    isFirst: true,
    runner: "owner",
    sql: "ALTER SCHEMA public OWNER TO {other}",
    ends: 7,
    cure: "ALTER SCHEMA public OWNER TO pg_database_owner",
    since: 15,
  },
  ...[1, 2, 3].map((limit): DbaObject => ({
    name: `a limit of ${limit} connections`,
    isFirst: true,
    runner: "owner",
    sql: `ALTER ROLE {owner} CONNECTION LIMIT ${limit}`,
    cure: "ALTER ROLE {owner} CONNECTION LIMIT -1",
    ...(limit === 1 ? { ends: 6 } : {}),
  })),
];
