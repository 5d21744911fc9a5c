/**
 * The family of settings that an administrator gave to a role or to a database. A migration may feel
 * them as it would in psql; the history, and what migrator says, may not.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Finished, runMigrator } from "../support/command.ts";
import { writeMigrations } from "../support/harness.ts";
import type { Server } from "../support/cluster.ts";
import { type Major, serverUser } from "../support/server_binaries.ts";
import { canMountSmallDisk, mountSmallDisk } from "../support/small_disk.ts";
import { drawn, type Family, type Survival } from "./family.ts";
import type { Lab } from "./lab.ts";
import {
  bringUp,
  endOf,
  mustAdviseNoHarm,
  mustBeWhole,
  mustHaveHistory,
  mustTellTheTruth,
  PATIENCE,
  shown,
  type Subject,
} from "./oracle.ts";
import { ownedByRole, roleOf } from "./role.ts";

/** One setting, with a value that no migration would choose. */
interface Setting {
  readonly name: string;
  readonly value: string;
  /** The first and the last release that knows it. */
  readonly since?: Major;
  readonly until?: Major;
  /** How `up` ends, where no migration can succeed with it. Default: 0. */
  readonly ends?: number;
  /** How a migration that fails ends. Default: as `ends`, else 7. */
  readonly failureEnds?: number;
  /** Schema or rows are others with it, in psql too, so that only history and words are compared. */
  readonly changesContents?: true;
}

/** A tablespace that is full after a few migrations. */
const SMALL = "small";

/** Some of them are read-only for others than superusers; a superuser gives them to both. */
const SETTINGS: readonly Setting[] = [
  { name: "allow_system_table_mods", value: "on" },
  { name: "application_name", value: "someone else" },
  { name: "array_nulls", value: "off" },
  { name: "backslash_quote", value: "off" },
  { name: "bytea_output", value: "escape" },
  { name: "check_function_bodies", value: "off" },
  { name: "client_connection_check_interval", value: "1ms", since: 14 },
  { name: "client_encoding", value: "LATIN1" },
  { name: "client_encoding", value: "SJIS" },
  { name: "client_encoding", value: "SQL_ASCII" },
  { name: "client_min_messages", value: "debug5" },
  { name: "client_min_messages", value: "error" },
  { name: "commit_delay", value: "10000" },
  { name: "commit_siblings", value: "0" },
  { name: "constraint_exclusion", value: "on" },
  { name: "createrole_self_grant", value: "set, inherit", since: 16 },
  { name: "cursor_tuple_fraction", value: "0" },
  { name: "datestyle", value: "German, DMY" },
  { name: "datestyle", value: "SQL, MDY" },
  { name: "debug_parallel_query", value: "regress", since: 16 },
  { name: "force_parallel_mode", value: "regress", until: 15 },
  { name: "debug_print_plan", value: "on" },
  { name: "default_statistics_target", value: "1" },
  { name: "default_table_access_method", value: "heap" },
  { name: "default_tablespace", value: "elsewhere", changesContents: true },
  { name: "default_tablespace", value: "nowhere" },
  { name: "default_tablespace", value: SMALL, ends: 7 },
  { name: "default_toast_compression", value: "pglz", since: 14 },
  { name: "default_transaction_deferrable", value: "on" },
  { name: "default_transaction_isolation", value: "repeatable read" },
  { name: "default_transaction_isolation", value: "serializable" },
  { name: "default_transaction_read_only", value: "on", ends: 3 },
  { name: "default_with_oids", value: "off", until: 13 },
  { name: "enable_bitmapscan", value: "off" },
  { name: "enable_hashagg", value: "off" },
  { name: "enable_hashjoin", value: "off" },
  { name: "enable_indexonlyscan", value: "off" },
  { name: "enable_indexscan", value: "off" },
  { name: "enable_material", value: "off" },
  { name: "enable_mergejoin", value: "off" },
  { name: "enable_nestloop", value: "off" },
  { name: "enable_seqscan", value: "off" },
  { name: "enable_sort", value: "off" },
  { name: "escape_string_warning", value: "off" },
  { name: "event_triggers", value: "off", since: 17 },
  // The server's error ends the connection, which is then what failed.
  { name: "exit_on_error", value: "on", failureEnds: 3 },
  { name: "extra_float_digits", value: "-15" },
  { name: "from_collapse_limit", value: "1" },
  { name: "geqo_threshold", value: "2" },
  { name: "idle_in_transaction_session_timeout", value: "50ms" },
  { name: "idle_session_timeout", value: "500ms", since: 14 },
  { name: "intervalstyle", value: "sql_standard" },
  { name: "jit", value: "on" },
  { name: "jit_above_cost", value: "0" },
  { name: "lc_messages", value: "C" },
  { name: "lock_timeout", value: "1ms" },
  { name: "log_duration", value: "on" },
  { name: "log_min_messages", value: "panic" },
  { name: "log_statement", value: "all" },
  { name: "maintenance_work_mem", value: "1MB" },
  { name: "max_parallel_maintenance_workers", value: "0" },
  { name: "password_encryption", value: "md5" },
  { name: "plan_cache_mode", value: "force_generic_plan" },
  { name: "quote_all_identifiers", value: "on" },
  { name: "restrict_nonsystem_relation_kind", value: "view, foreign-table", since: 17 },
  { name: "role", value: "another", changesContents: true },
  { name: "row_security", value: "off" },
  { name: "search_path", value: "nowhere, public" },
  { name: "search_path", value: '"$user", public, pg_catalog' },
  { name: "search_path", value: "", ends: 7 },
  { name: "session_replication_role", value: "replica", changesContents: true },
  { name: "standard_conforming_strings", value: "off" },
  { name: "statement_timeout", value: "20ms" },
  { name: "synchronize_seqscans", value: "off" },
  { name: "synchronous_commit", value: "off" },
  { name: "synchronous_commit", value: "remote_apply" },
  { name: "tcp_keepalives_idle", value: "1" },
  { name: "temp_tablespaces", value: "elsewhere" },
  { name: "timezone", value: "Pacific/Apia" },
  { name: "track_activities", value: "off" },
  { name: "track_functions", value: "all" },
  { name: "transaction_timeout", value: "50ms", since: 17 },
  { name: "transform_null_equals", value: "on" },
  { name: "vacuum_cost_delay", value: "1ms" },
  { name: "vacuum_freeze_min_age", value: "0" },
  { name: "work_mem", value: "64kB" },
  { name: "xmloption", value: "document" },
  { name: "zero_damaged_pages", value: "on" },
];

/** Whose setting it is. The role is no superuser, and owns the database. */
const SCOPES = ["role", "database"] as const;
type Scope = (typeof SCOPES)[number];

export const ROLE_SETTINGS: Family = {
  name: "settings",
  what: "ALTER ROLE … SET and ALTER DATABASE … SET, with values that no migration would choose",
  atOnce: 2,
  choose: ({ server: { major } }, choice) => {
    const all = SETTINGS
      .filter(({ since = 13, until = 18, value }) =>
        since <= major && major <= until && (value !== SMALL || canMountSmallDisk())
      )
      .flatMap((setting) => SCOPES.map((scope) => ({ setting, scope })))
      .map((point, index) => ({ ...point, number: index + 1 }));
    return drawn(all, choice).map(({ setting, scope, number }) => ({
      number,
      name: `${scope}: ${setting.name} = '${setting.value}'`,
      strike: (lab) => strike(lab, { setting, scope }),
    }));
  },
};

/** A statement that ends in the middle for a server that reads backslashes as escapes. */
const TORN = "CREATE TABLE torn (a text); SELECT 'x\\', '; COMMIT; --';\nSELECT 1 / 0;";

function strike(
  lab: Lab,
  { setting, scope }: { readonly setting: Setting; readonly scope: Scope },
): Promise<Survival> {
  return lab.withSubject(async (found) => {
    const subject = scope === "role" ? await ownedByRole(found) : found;
    const { server, database, directory, url = server.url(database) } = subject;
    await makeNeighbours(server);
    if (setting.name === "role") await admitAnother(subject);
    const whose = scope === "role" ? `ROLE ${roleOf(database)}` : `DATABASE ${database}`;
    await server.sql("postgres", `ALTER ${whose} SET ${setting.name} = ${inSql(setting)}`);
    const run = (directory: string, command: string) =>
      runMigrator([command, "--json", "--migrations", directory, "--database-url", url], {
        timeout: 2 * PATIENCE,
      });
    const ended = await run(directory, "up");
    const status = await run(directory, "status");
    const torn = await run(writeMigrations({ torn: [{ up: TORN }] }), "up");
    await server.sql("postgres", `ALTER ${whose} RESET ALL`);
    if (setting.value === SMALL) await leaveSmallDisk(subject);

    const ends = setting.ends ?? 0;
    await mustTellTheTruth(subject, { ended, allowed: { statuses: [ends] } });
    assert.equal(status.status, 0, shown(status));
    assert.equal(status.json().at(-1)?.["up_to_date"], ends === 0, shown(status));
    await mustBeTorn(subject, { torn, setting });
    const mending = await bringUp(subject);
    if (setting.changesContents) await mustHaveHistory(subject);
    else await mustBeWhole(subject);
    return { mending, ended: endOf(ended), hit: true, lost: 0 };
  });
}

function inSql({ name, value }: Setting): string {
  // A list of names, not a text.
  return name === "search_path" && value !== "" ? value : `'${value}'`;
}

/** Lets the role `another` run migrations, and be set by the role that runs them. */
async function admitAnother({ server, database, url }: Subject): Promise<void> {
  const members = url === undefined ? "" : `GRANT another TO ${roleOf(database)};`;
  await server.sql(
    database,
    `${members} GRANT CREATE ON DATABASE ${database} TO another;
    GRANT ALL ON SCHEMA public TO another`,
  );
}

const neighbours = new Map<Server, Promise<void>>();

/** The role and the tablespaces that settings name, once for each server. */
function makeNeighbours(server: Server): Promise<void> {
  const made = neighbours.get(server) ?? (async () => {
    await server.sql("postgres", "CREATE ROLE another");
    for (const name of ["elsewhere", ...(canMountSmallDisk() ? [SMALL] : [])]) {
      const directory = path.join(server.socketDirectory, name);
      fs.mkdirSync(directory);
      if (name === SMALL) mountSmallDisk(directory, 1_024);
      fs.chmodSync(directory, 0o700);
      const user = serverUser();
      if (user !== undefined) fs.chownSync(directory, user.uid, user.gid);
      await server.sql("postgres", `CREATE TABLESPACE ${name} LOCATION '${directory}'`);
      await server.sql("postgres", `GRANT CREATE ON TABLESPACE ${name} TO PUBLIC`);
    }
  })();
  neighbours.set(server, made);
  return made;
}

/** Makes room, as an administrator would. */
async function leaveSmallDisk({ server, database }: Subject): Promise<void> {
  for (const kind of ["TABLE", "INDEX", "MATERIALIZED VIEW"]) {
    await server.sql(
      database,
      `ALTER ${kind} ALL IN TABLESPACE ${SMALL} SET TABLESPACE pg_default`,
    );
  }
}

/** A failed migration left nothing, and is not recorded as applied. */
async function mustBeTorn(
  { server, database }: Subject,
  { torn, setting }: { readonly torn: Finished; readonly setting: Setting },
): Promise<void> {
  mustAdviseNoHarm(torn);
  assert.equal(torn.status, setting.failureEnds ?? setting.ends ?? 7, shown(torn));
  // Refused before anything was run.
  if (torn.status === setting.ends && torn.status !== 7) return;
  const [row] = await server.sql(
    database,
    `SELECT to_regclass('public.torn') IS NULL AS "isGone",
      EXISTS (SELECT FROM migrator.status WHERE database = 'torn' AND state <> 'failed')
        AS "isOtherThanFailed"`,
  );
  assert.deepEqual({ ...row }, { isGone: true, isOtherThanFailed: false }, shown(torn));
}
