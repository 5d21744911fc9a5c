// Pure.
/**
 * The query that compares a database's history with the one that a script was made for.
 *
 * @module
 */

import { appliedVersions } from "../history/history.ts";
import { statusQuery } from "../history/schema.ts";
import { isPrivileged } from "../plan/privileged.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { ScriptRequest, ScriptStep } from "./script_request.ts";

/** The most differences that are printed. */
const MOST_LINES = 20;

/**
 * Selects `differs`, `differences` (a line for each), `todo` (the numbers of the steps that are to be run,
 * each between spaces), `done` (how many are done) and `is_done`. Send it with PostgreSQL's own
 * search_path.
 *
 * A database fits when its applied migrations are those of the expected state, with the same checksums,
 * or of one that the script itself leads through. A step outside a transaction may be half-way; a
 * privileged one may be done before its turn.
 */
export function stateQuery(request: ScriptRequest): string {
  const { history: { schema, database } } = request;
  return `WITH found AS (
  SELECT version, state, direction, checksum
  FROM (${statusQuery(schema)}) AS status
  WHERE database = ${quoteLiteral(database)} AND state IN ('applied', 'dirty', 'running')
),
-- applied before, and not touched by this script
kept (version, checksum) AS (
${keptRows(request)}
),
-- the steps: the checksum of the up script when applied; that of the script that may be half-way
steps (number, version, direction, applied_as, half_as, early) AS (
  VALUES ${request.steps.map((one, index) => stepRow(request, { one, index })).join(",\n    ")}
),
progress AS (
  SELECT steps.*, CASE steps.direction
      WHEN 'up' THEN coalesce(found.state = 'applied', false)
      ELSE found.version IS NULL
    END AS done
  FROM steps
  LEFT JOIN found ON found.version = steps.version
),
differences (version, says) AS (
  SELECT kept.version, CASE WHEN found.version IS NULL THEN 'is not applied'
    WHEN found.state <> 'applied' THEN 'was left half-way'
    ELSE 'was applied from another text' END
  FROM kept
  LEFT JOIN found ON found.version = kept.version
  WHERE found.state IS DISTINCT FROM 'applied' OR found.checksum <> kept.checksum
  UNION ALL
  SELECT found.version,
    CASE found.state WHEN 'applied' THEN 'is applied' ELSE 'was left half-way' END
  FROM found
  WHERE found.version NOT IN (SELECT version FROM kept UNION ALL SELECT version FROM steps)
  UNION ALL
  SELECT found.version, CASE found.state WHEN 'applied' THEN 'was applied from another text'
    ELSE 'was left half-way by something else' END
  FROM found
  JOIN steps ON steps.version = found.version
  WHERE CASE found.state
    WHEN 'applied' THEN found.checksum <> steps.applied_as
    ELSE found.direction <> steps.direction OR found.checksum IS DISTINCT FROM steps.half_as END
  UNION ALL
  SELECT later.version, 'is done, although a step before it is not'
  FROM progress AS later
  WHERE later.done AND NOT later.early AND EXISTS (
    SELECT FROM progress AS sooner WHERE sooner.number < later.number AND NOT sooner.done
  )
)
SELECT EXISTS (SELECT FROM differences) AS differs,
  coalesce((
    SELECT string_agg(format('  %s %s', version, says), chr(10) ORDER BY version)
    FROM (SELECT * FROM differences ORDER BY version LIMIT ${MOST_LINES}) AS first
  ), '') AS differences,
  coalesce((
    SELECT ' ' || string_agg(number::text, ' ' ORDER BY number) || ' '
    FROM progress WHERE NOT done
  ), ' ') AS todo,
  (SELECT count(*) FROM progress WHERE done) AS done,
  NOT EXISTS (SELECT FROM progress WHERE NOT done) AS is_done`;
}

function keptRows({ steps, seen: { history } }: ScriptRequest): string {
  const touched = new Set(steps.map(({ step }) => step.definition.version));
  const rows = [...appliedVersions(history)].filter((version) => !touched.has(version))
    .sort((a, b) => a < b ? -1 : 1)
    .map((version) => `(${version}, ${quoteLiteral(history.versions.get(version)!.checksum)})`);
  return rows.length === 0
    ? "  SELECT 0::bigint, '' WHERE false"
    : `  VALUES ${rows.join(",\n    ")}`;
}

function stepRow(
  { seen: { history } }: ScriptRequest,
  { one: { step }, index }: { readonly one: ScriptStep; readonly index: number },
): string {
  const { definition: { version }, direction, script } = step;
  const appliedAs = direction === "up" ? script.checksum : history.versions.get(version)?.checksum;
  const halfAs = script.transaction === "none" ? quoteLiteral(script.checksum) : "NULL";
  const columns = [
    index + 1,
    `${version}::bigint`,
    quoteLiteral(direction),
    quoteLiteral(appliedAs ?? ""),
    halfAs,
    isPrivileged(step),
  ];
  return `(${columns.join(", ")})`;
}
