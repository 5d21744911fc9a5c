// Pure.
/**
 * The lines that begin and end the run of a script, as a runner does: tables, fence, durability.
 *
 * @module
 */

import { formatCount } from "../format/count.ts";
import { BACKGROUND_TABLES, backgroundTables } from "../background/state/tables.ts";
import {
  createHistorySchema,
  createHistoryTables,
  HISTORY_TABLES,
  HISTORY_VIEWS,
  schemaInstallLock,
} from "../history/schema.ts";
import type { HistoryName } from "../history/history_name.ts";
import { unwantedGrants } from "../history/unwanted_grants.ts";
import { needsHooks } from "../plan/step_hooks.ts";
import { incrementFence, lockFence, recordDurable } from "../runner/context/fence.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import { echo, intoVariables, psqlArgument, unless, when } from "./psql_text.ts";
import { raiseStatement } from "./raise_statement.ts";
import type { ScriptRequest } from "./script_request.ts";

/** Migrator's own transaction, with its own role and search_path. */
const BEGIN_OWN: readonly string[] = [
  "BEGIN;",
  ":migrator_own",
  "SET LOCAL search_path = pg_catalog, pg_temp;",
];

/** Locks the fence to the end of the open transaction; ends the script where it is another run's. */
export const HOLD_FENCE: readonly string[] = [":migrator_hold_fence", "\\gexec"];

/** The same while the fence is this run's. */
export const BEGIN_FENCED: readonly string[] = [...BEGIN_OWN, ...HOLD_FENCE];

/** Installs missing tables, and raises the fence: no runner that was believed dead commits after it. */
export function beginRun(request: ScriptRequest): readonly string[] {
  const { history, lockKey, toolVersion, steps } = request;
  return [
    intoVariables("SELECT :migrator_done OPERATOR(pg_catalog.>) 0 AS is_resumed"),
    ...when("is_resumed", [
      `\\echo ${psqlArgument("Goes on. Done before:")} :migrator_done ${
        psqlArgument(`of ${formatCount(steps.length, "step")}.`)
      }`,
    ]),
    ...(request.seen.history.installed ? [] : installLines(request)),
    ...(steps.some(({ step }) => needsHooks(step)) ? backgroundTableLines(request) : []),
    "-- From here on, a runner that was believed dead can commit nothing.",
    ...BEGIN_OWN,
    intoVariables(incrementFence(history, { lockKey, toolVersion })),
    "COMMIT;",
  ];
}

function installLines({ history: { schema } }: ScriptRequest): readonly string[] {
  const relations = [...HISTORY_TABLES, ...HISTORY_VIEWS];
  return unless("is_installed", [
    "-- The tables of migrator's history; nobody but their owner may write them.",
    ...BEGIN_OWN,
    "SET LOCAL client_min_messages = warning;",
    intoVariables(schemaInstallLock(schema)),
    intoVariables(`SELECT count(*) > 0 AS has_schema
FROM pg_namespace WHERE nspname = ${quoteLiteral(schema)}`),
    ...unless("has_schema", [createHistorySchema(schema)]),
    createHistoryTables(schema).trim(),
    unwantedGrants(schema, { relations, isSchemaNew: false }),
    "\\gexec",
    "COMMIT;",
    "",
  ]);
}

function backgroundTableLines({ history: { schema } }: ScriptRequest): readonly string[] {
  const names = BACKGROUND_TABLES.map(quoteLiteral).join(", ");
  return [
    intoVariables(`SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) ${BACKGROUND_TABLES.length}
    AS has_background
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(schema)} AND c.relname IN (${names})`),
    ...unless("has_background", [
      "-- The tables of batched migrations.",
      ...BEGIN_OWN,
      intoVariables(schemaInstallLock(schema)),
      backgroundTables(schema).trim(),
      unwantedGrants(schema, { relations: BACKGROUND_TABLES, isSchemaNew: false }),
      "\\gexec",
      "COMMIT;",
      "",
    ]),
  ];
}

/** The query of those lines. It gives a statement that ends the script, and NULL while all is well. */
export function holdFenceQuery(history: HistoryName): string {
  return `SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 0 THEN ${
    quoteLiteral(raiseStatement("another runner has taken over, so this script has stopped"))
  } END
FROM (
  ${lockFence(history, ":migrator_fence")}
) AS fence`;
}

/** Records that the run is whole, and gives the lock back. */
export function endRun({ history, lockKey, steps, command }: ScriptRequest): readonly string[] {
  return [
    "-- The run is whole.",
    ...BEGIN_OWN,
    intoVariables(recordDurable(history, ":migrator_fence")),
    "COMMIT;",
    `SELECT pg_catalog.pg_advisory_unlock(${lockKey}) AS unlocked`,
    "\\gset migrator_",
    echo(
      `Done: ${formatCount(steps.length, "step")} of "${command}". See: migrator status --db ` +
        history.database,
    ),
  ];
}
