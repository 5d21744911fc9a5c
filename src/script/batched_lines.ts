// Pure.
/**
 * The lines for batched migrations that a step queues, finalizes or deletes.
 *
 * @module
 */

import { declaredAs, downStatements, upStatements } from "../background/crew/hook_statements.ts";
import { finishedRow, RESET_SEARCH_PATH } from "../background/state/queue_sql.ts";
import { migrationLabel, type Step } from "../plan/plan.ts";
import { intoVariables, unless, warn } from "./psql_text.ts";
import { BEGIN_FENCED } from "./run_lines.ts";
import type { ScriptRequest } from "./script_request.ts";

/** The actor in the events of batched migrations. */
const WHO = "psql";

/** Before the transaction: a batched migration that the step needs must be finished. */
export function beforeHooks(
  { history, background }: ScriptRequest,
  { definition, direction }: Step,
): readonly string[] {
  if (direction === "down") return [];
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
  return [RESET_SEARCH_PATH, ...statements].map((statement) => `${statement};`);
}
