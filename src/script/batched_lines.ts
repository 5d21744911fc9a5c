// Pure.
/**
 * The lines for batched migrations that a step queues, finalizes or deletes.
 *
 * @module
 */

import { declaredAs, downStatements, upStatements } from "../background/crew/hook_statements.ts";
import { CATALOG_SEARCH_PATH } from "../connection/session/begin_statement.ts";
import { finishedRow } from "../background/state/queue_sql.ts";
import { toUndo } from "../background/state/undo_query.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { migrationLabel, type Step } from "../plan/plan.ts";
import { intoVariables, unless, warn, when } from "./psql_text.ts";
import { BEGIN_FENCED } from "./run_lines.ts";
import type { ScriptRequest } from "./script_request.ts";

/** The actor in the events of batched migrations. */
const WHO = "psql";

/** Before the transaction: a batched migration that the step needs must be finished, or undone. */
export function beforeHooks(request: ScriptRequest, step: Step): readonly string[] {
  return step.direction === "up"
    ? finishedLines(request, step)
    : undoneLines(request, step.definition);
}

function undoneLines({ history }: ScriptRequest, definition: Definition): readonly string[] {
  const { version, metadata: { queues = [] } } = definition;
  const names = queues.map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    ...BEGIN_FENCED,
    intoVariables(`SELECT count(*) > 0 AS is_to_undo,
  coalesce(string_agg(DISTINCT name, ', '), '') AS undo_names
FROM (
${toUndo(history, { version, names })}
) AS found`),
    "COMMIT;",
    ...when("is_to_undo", [
      ...warn(
        `Stopped: before ${
          migrationLabel(definition)
        } is taken back, the rows that these batched ` +
          "migrations have changed must be changed back:",
        ":migrator_undo_names",
        `Do that, then run the file again: migrator background requeue NAME --down --db ` +
          `${history.database}; migrator background work --db ${history.database}`,
      ),
      ":migrator_fail",
    ]),
  ];
}

function finishedLines(
  { history, background }: ScriptRequest,
  { definition }: Step,
): readonly string[] {
  return (definition.metadata.finalizes ?? []).flatMap((reference) => {
    const declaration = declaredAs(reference, background);
    return [
      ...BEGIN_FENCED,
      intoVariables(`SELECT EXISTS (
  ${finishedRow(history, declaration)}
) AS is_finished`),
      "COMMIT;",
      ...unless("is_finished", [
        ...warn(
          `Stopped: ${
            migrationLabel(definition)
          } needs the batched migration ${declaration.name} to be ` +
            "finished, and it is not.",
          `Finish it, then run the file again: migrator background finalize ${declaration.name} --db ` +
            history.database,
        ),
        ":migrator_fail",
      ]),
    ];
  });
}

/** Inside the transaction, as the runner sends them. */
export function hookLines(
  { history, background, toolVersion, steps }: ScriptRequest,
  index: number,
): readonly string[] {
  const { definition, direction } = steps[index]!.step;
  const { version } = definition;
  const statements = direction === "down"
    ? downStatements(definition, { name: history, who: WHO })
    : upStatements(definition, {
      name: history,
      background,
      cause: { version, who: WHO, toolVersion },
      following: steps.slice(index + 1).map(({ step }) => step),
    });
  return [CATALOG_SEARCH_PATH, ...statements].map((statement) => `${statement};`);
}
