// Pure.
/**
 * The lines that prepare psql and its session.
 *
 * A few variables of psql hold statements that occur again and again; `:migrator_reset` on a line of its
 * own stands for them.
 *
 * @module
 */

import { rowSecurityOf } from "../runner/context/row_security.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import { raiseStatement } from "./raise_statement.ts";
import { holdFenceQuery } from "./run_lines.ts";
import { intoVariables, psqlArgument, unless, warn, when } from "./psql_text.ts";
import type { ScriptRequest } from "./script_request.ts";

/** Undoes what psqlrc and options may have set that would change what a script does. */
const PSQL = `\\set QUIET on
\\set ON_ERROR_STOP on
\\set ON_ERROR_ROLLBACK off
\\set AUTOCOMMIT on
\\set SINGLELINE off
\\set SINGLESTEP off
\\unset FETCH_COUNT
\\pset pager off
\\encoding UTF8`;

/** Milliseconds after which the server ends a transaction in which psql has stopped sending. */
const IDLE_LIMIT = 60_000;

/** Sets up psql, and refuses a session that a script cannot rely on. */
export function sessionLines(request: ScriptRequest): readonly string[] {
  return [
    PSQL,
    `\\set migrator_stop ${
      psqlArgument(raiseStatement("this script was refused and has changed nothing"))
    }`,
    `\\set migrator_fail ${
      psqlArgument(raiseStatement("this script has stopped; what it finished is committed"))
    }`,
    `\\set migrator_hold_fence ${psqlArgument(holdFenceQuery(request.history))}`,
    "",
    "-- Is this a new session, and psql's own?",
    intoVariables(SESSION),
    ...when("is_busy", [
      ...warn(
        "Refused: a transaction is open, or this session has temporary tables.",
        "Run the file in a new session, without --single-transaction: psql -X -f FILE URL",
      ),
      ":migrator_stop",
    ]),
    ...unless("is_direct", [
      ...warn(
        "Refused: psql has not started this session by itself. A pooler such as PgBouncer stands between,",
        "and a session of its may change between two statements. (Or PGAPPNAME is set to nothing.)",
        "Connect to the server itself: its own host and port.",
      ),
      ":migrator_stop",
    ]),
    ...when("is_read_only", [
      ...warn(
        "Refused: this server can only be read. It is a standby, or default_transaction_read_only is on.",
        "Connect to the primary.",
      ),
      ":migrator_stop",
    ]),
    ...encodingLines(request),
    "",
    "-- The settings of every migration, whatever role, database and psqlrc say.",
    intoVariables(settingsQuery(request)),
    ":migrator_reset",
  ];
}

/** The server sets a new session's `application_name` from what its client sends; psql always sends one. */
const SESSION = `SELECT pg_catalog.now() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp()
    OR EXISTS (
      SELECT FROM pg_catalog.pg_class AS c
      WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
    ) AS is_busy,
  EXISTS (
    SELECT FROM pg_catalog.pg_settings AS s
    WHERE s.name OPERATOR(pg_catalog.=) 'application_name'
      AND s.reset_val OPERATOR(pg_catalog.<>) ''
  ) AS is_direct,
  pg_catalog.pg_is_in_recovery()
    OR pg_catalog.current_setting('default_transaction_read_only')
      OPERATOR(pg_catalog.=) 'on' AS is_read_only,
  pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) 'UTF8' AS is_utf8`;

/** Other encodings lack characters, which only a script that was made for them avoids. */
function encodingLines({ seen }: ScriptRequest): readonly string[] {
  if (seen.encoding !== "UTF8") return [];
  return unless("is_utf8", [
    ...warn("Refused: this script was made for a database of the encoding UTF8."),
    ":migrator_stop",
  ]);
}

/**
 * Sets `reset` and `own`. A session-level lock must outlive what a migration leaves in its session, so
 * DISCARD ALL is spelled out.
 */
function settingsQuery(
  { history: { database }, seen, options, privilegedOnly }: ScriptRequest,
): string {
  const fixed = [
    "client_encoding = 'UTF8'",
    "standard_conforming_strings = on",
    `application_name = ${quoteLiteral(`migrator script ${database}`.slice(0, 63))}`,
    `search_path = ${searchPathList(seen.searchPath)}`,
    `lock_timeout = ${options.lockTimeout}`,
    `statement_timeout = ${options.statementTimeout ?? 0}`,
    `idle_in_transaction_session_timeout = ${IDLE_LIMIT}`,
    `row_security = ${rowSecurityOf(options)}`,
    "SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE",
  ].map((setting) => `SET ${setting};`).join(" ");
  const cleared = "CLOSE ALL; UNLISTEN *; DEALLOCATE ALL; DISCARD TEMPORARY; DISCARD SEQUENCES;";
  const records =
    "SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on; " +
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s';";
  const recorder = privilegedOnly ? `pg_catalog.quote_ident(${ownerOf(seen)})` : "role.name";
  return `SELECT pg_catalog.concat_ws(' ',
    'RESET SESSION AUTHORIZATION; RESET ALL; SET ROLE ', role.name, ';',
    ${quoteLiteral(cleared)},
    ${quoteLiteral(fixed)},
    'SET synchronous_commit = ', commits.kept, ';',
    versioned.settings) AS reset,
  pg_catalog.concat_ws(' ',
    'SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE ', ${recorder}, ';',
    ${quoteLiteral(records)}) AS own
FROM (
  SELECT CASE WHEN pg_catalog.current_setting('role') OPERATOR(pg_catalog.=) 'none' THEN 'NONE'
    ELSE pg_catalog.quote_ident(pg_catalog.current_setting('role')) END
) AS role (name), (
  SELECT CASE WHEN pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'
    THEN 'on' ELSE pg_catalog.current_setting('synchronous_commit') END
) AS commits (kept), (
  SELECT pg_catalog.string_agg(pg_catalog.format('SET %I = %s;', s.name,
    CASE WHEN s.name OPERATOR(pg_catalog.=) 'client_connection_check_interval' THEN 2000
    ELSE 0 END), ' ')
  FROM pg_catalog.pg_settings AS s
  WHERE s.name OPERATOR(pg_catalog.=) ANY ('{idle_session_timeout,transaction_timeout}')
    OR s.name OPERATOR(pg_catalog.=) 'client_connection_check_interval'
      AND pg_catalog.version() OPERATOR(pg_catalog.~) 'linux'
) AS versioned (settings)`;
}

/** The role that owns the history, or will: what a superuser runs is recorded in its name. */
function ownerOf({ role }: ScriptRequest["seen"]): string {
  return quoteLiteral(role);
}

/** The schemas of a search_path, as SHOW prints it, as the list of a SET. */
export function searchPathList(shown: string): string {
  const names = [...shown.matchAll(/"((?:[^"]|"")*)"|[^,\s"]+/g)].map(([word, quoted]) =>
    quoted === undefined ? word.toLowerCase() : quoted.replaceAll('""', '"')
  );
  return names.length === 0 ? "''" : names.map(quoteLiteral).join(", ");
}
