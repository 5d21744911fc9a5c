// Pure.
/**
 * The lines that refuse a database in which the script must not run. They change nothing.
 *
 * @module
 */

import { BACKGROUND_TABLES } from "../background/state/tables.ts";
import { JOB_STATUS } from "../background/state/state_machine.ts";
import { tablesOf } from "../background/state/rows.ts";
import { lockHolderQuery } from "../connection/lock/lock_holder_query.ts";
import { foreignObjects } from "../history/foreign_objects.ts";
import { appliedVersions } from "../history/history.ts";
import { HISTORY_TABLES, HISTORY_VIEWS } from "../history/schema.ts";
import { needsHooks } from "../plan/step_hooks.ts";
import { recordDurable } from "../runner/context/fence.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { occupiedQuery } from "./occupied_query.ts";
import { echo, intoVariables, unless, warn, when } from "./psql_text.ts";
import type { ScriptRequest } from "./script_request.ts";
import { stateQuery } from "./state_query.ts";

/** Removes what could write to a terminal from a text of the database's. */
export const HARMLESS = (text: string) =>
  `pg_catalog.regexp_replace(${text}, '[[:cntrl:]]', '?', 'g')`;

/** The next step of a person who runs the script as another role. */
const AS_OWNER = [
  "Run the file as the role that owns its tables, with PGOPTIONS='-c role=NAME' where you connect as " +
  "another. The owner is:",
  ":migrator_owner",
];

/** Takes the lock; then looks at the database, and ends the script where nothing is left to do. */
export function guardLines(request: ScriptRequest): readonly string[] {
  return [
    "-- One at a time: the lock that migrator itself takes. It ends with this session.",
    ...lockLines(request),
    "",
    "-- Is this the database, and is it in the state that this script was made for?",
    "BEGIN;",
    "SET LOCAL search_path = pg_catalog, pg_temp;",
    ...(request.privilegedOnly && request.seen.history.installed
      ? [`SET LOCAL ROLE ${quoteIdentifier(request.seen.role)};`]
      : []),
    intoVariables(installedQuery(request)),
    ...(request.seen.history.installed ? missingLines(request) : emptinessLines(request)),
    ...when("is_installed", [
      ...unless("may_write", [
        ...warn("Refused: this role may not write migrator's history.", ...AS_OWNER),
        ":migrator_stop",
      ]),
      ...trustLines(request),
      ...identityLines(request),
      ...stateLines(request),
    ]),
    ...(request.seen.history.installed ? [] : unless("is_installed", [
      `\\set migrator_todo ' ${request.steps.map((_, index) => index + 1).join(" ")} '`,
      "\\set migrator_done 0",
      "\\set migrator_is_done false",
    ])),
    ...workerLines(request),
    "COMMIT;",
    "",
    ...when("is_done", [
      // An earlier run of the script may have been cut off after its last step.
      ...when("is_unfinished", [
        "BEGIN;",
        ":migrator_own",
        intoVariables(recordDurable(request.history, "fence")),
        "COMMIT;",
      ]),
      echo("Nothing to do: every step of this script is done already."),
      `SELECT pg_catalog.pg_advisory_unlock(${request.lockKey}) AS unlocked`,
      "\\gset migrator_",
      "\\quit",
    ]),
  ];
}

export function lockLines({ lockKey, history: { database } }: ScriptRequest): readonly string[] {
  const holder = `SELECT coalesce(pg_catalog.string_agg(
    ${
    HARMLESS(
      "pg_catalog.format('pid %s, %s, role %s, from %s, since %s', pid, application, role, host, since)",
    )
  }, ', '), 'a session that has ended') AS holder
FROM (
  ${lockHolderQuery(lockKey)}
) AS found`;
  return [
    intoVariables(`SELECT pg_catalog.pg_try_advisory_lock(${lockKey}) AS is_locked`),
    ...unless("is_locked", [
      "BEGIN;",
      "SET LOCAL search_path = pg_catalog, pg_temp;",
      intoVariables(holder),
      "COMMIT;",
      ...warn(
        `Refused: somebody else migrates the database "${database}" now:`,
        ":migrator_holder",
        "Run the file again when that has ended. To end it: SELECT pg_terminate_backend(PID);",
      ),
      ":migrator_stop",
    ]),
  ];
}

function installedQuery({ history: { schema } }: ScriptRequest): string {
  return `SELECT count(*) > 0 AS is_installed,
  count(*) = ${HISTORY_TABLES.length} AND bool_or(c.relname = 'migration_logs' AND EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attname = 'definition_checksum' AND NOT a.attisdropped
  )) AS is_whole,
  coalesce(bool_and(has_schema_privilege(n.oid, 'USAGE')
    AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
    AND has_table_privilege(c.oid, 'UPDATE')), true) AS may_write,
  ${HARMLESS("coalesce(min(pg_get_userbyid(c.relowner)), '')")} AS owner,
  ${HARMLESS("current_database()::text")} AS place
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ${quoteLiteral(schema)}
  AND c.relname IN (${HISTORY_TABLES.map(quoteLiteral).join(", ")})`;
}

/** A script for a database with a history: there must be one. */
function missingLines({ history: { database, schema } }: ScriptRequest): readonly string[] {
  return unless("is_whole", [
    ...warn(
      `Refused: this is not the database "${database}", or its history is incomplete. The schema ` +
        `"${schema}" lacks tables of migrator's in the PostgreSQL database:`,
      ":migrator_place",
      "Connect to the right one. Of an older history, migrator up completes the tables.",
    ),
    ":migrator_stop",
  ]);
}

/** A script for a database without a history: it must be empty, if it was when the script was made. */
function emptinessLines(
  { seen, fromScratch, history: { schema, database } }: ScriptRequest,
): readonly string[] {
  if (!seen.isEmpty || fromScratch) return [];
  return unless("is_installed", [
    intoVariables(occupiedQuery(schema)),
    ...when("is_occupied", [
      ...warn(
        `Refused: this script creates the database "${database}" from nothing, and there are tables ` +
          "already in the PostgreSQL database:",
        ":migrator_place",
        "Connect to the right one, or make the script with --from-scratch.",
      ),
      ":migrator_stop",
    ]),
  ]);
}

/** Code of other roles on our tables would run with the rights of this session. */
function trustLines({ history: { schema }, steps }: ScriptRequest): readonly string[] {
  const tables = [
    ...HISTORY_TABLES,
    ...(steps.some(({ step }) => needsHooks(step)) ? BACKGROUND_TABLES : []),
  ];
  const foreign = foreignObjects({ schema, tables, views: HISTORY_VIEWS }, "write");
  return [
    "-- Does anything of another role hang on migrator's tables? It would run with the rights of this one.",
    intoVariables(`SELECT count(*) > 0 AS is_foreign,
  coalesce(string_agg(${
      HARMLESS("format('  %s %s', object, says)")
    }, chr(10)), '') AS foreign_objects
FROM (
${foreign}
) AS found (touch, object, owner, says, removal)`),
    ...when("is_foreign", [
      ...warn(
        "Refused: on the tables of migrator's history,",
        ":migrator_foreign_objects",
        ...AS_OWNER,
      ),
      ":migrator_stop",
    ]),
  ];
}

/** The database of the product, not only PostgreSQL's: its row, and its lock's key. */
function identityLines({ history: { schema, database }, lockKey, seen }: ScriptRequest) {
  return [
    intoVariables(`SELECT coalesce(bool_or(name = ${quoteLiteral(database)}
    AND lock_key = ${lockKey}), false) AS is_known,
  coalesce(bool_or(name = ${quoteLiteral(database)}
    AND fence <> durable_fence), false) AS is_unfinished,
  coalesce(string_agg(${HARMLESS("name")}, ', ' ORDER BY name), 'none') AS names
FROM ${quoteIdentifier(schema)}.databases`),
    ...(appliedVersions(seen.history).size > 0
      ? unless("is_known", [
        ...warn(
          `Refused: here is no history of the database "${database}". What is here:`,
          ":migrator_names",
          "Connect to the right PostgreSQL database. This one is:",
          ":migrator_place",
        ),
        ":migrator_stop",
      ])
      : []),
  ];
}

function stateLines(request: ScriptRequest): readonly string[] {
  const { database } = request.history;
  return [
    intoVariables(stateQuery(request)),
    ...when("differs", [
      ...warn(
        `Refused: the database "${database}" is not in the state that this script was made for. Of its ` +
          "migrations,",
        ":migrator_differences",
        `Make a new script for the state that it is in. See: migrator status --db ${database}`,
      ),
      ":migrator_stop",
    ]),
  ];
}

/** Workers of batched migrations must not be at work on what the script changes. */
function workerLines({ history, steps }: ScriptRequest): readonly string[] {
  const names = namesInTheWay(steps.map(({ step }) => step));
  if (names === undefined) return [];
  const { jobs, migrations } = tablesOf(history);
  const { running } = JOB_STATUS;
  const isConcerned = names === "all"
    ? "true"
    : `m.job_class_name IN (${names.map(quoteLiteral).join(", ")})`;
  return [
    intoVariables(
      `SELECT to_regclass(${quoteLiteral(jobs)}) IS NOT NULL AS has_workers`,
    ),
    ...when("has_workers", [
      intoVariables(`SELECT count(*) > 0 AS is_worked_on,
  coalesce(string_agg(DISTINCT ${
        HARMLESS("format('%s, by %s', m.job_class_name, j.worker)")
      }, chr(10)), '') AS workers
FROM ${jobs} AS j
JOIN ${migrations} AS m ON m.id = j.batched_background_migration_id
WHERE m.gitlab_schema = ${quoteLiteral(history.database)}
  AND j.status = ${running}
  AND j.lease_expires_at > clock_timestamp()
  AND ${isConcerned}`),
      ...when("is_worked_on", [
        ...warn(
          "Refused: a worker is at work on a batched migration:",
          ":migrator_workers",
          "Stop the workers, or pause it (migrator background pause NAME), and run the file again.",
        ),
        ":migrator_stop",
      ]),
    ]),
  ];
}

/** On the way back a worker may meet any table; on the way up, what the steps themselves name. */
function namesInTheWay(
  steps: readonly ScriptRequest["steps"][number]["step"][],
): "all" | readonly string[] | undefined {
  if (steps.some(({ direction }) => direction === "down")) return "all";
  const names = steps.flatMap(({ definition: { metadata } }) =>
    [metadata.queues, metadata.finalizes, metadata.deletes].flatMap((one) => one ?? [])
  ).map(({ name }) => name);
  return names.length === 0 ? undefined : [...new Set(names)];
}
