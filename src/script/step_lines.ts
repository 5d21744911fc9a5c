// Pure.
/**
 * The lines of one step.
 *
 * @module
 */

import { recordFinished } from "../history/attempt.ts";
import { migrationLabel, type Step } from "../plan/plan.ts";
import { isPrivileged } from "../plan/privileged.ts";
import { needsHooks } from "../plan/step_hooks.ts";
import { lockTimeoutOf, statementTimeoutOf } from "../runner/context/timeouts.ts";
import { echo, intoVariables, sqlComment, when } from "./psql_text.ts";
import { attemptOf, keptLines } from "./record_lines.ts";
import { beforeHooks, hookLines } from "./batched_lines.ts";
import { HOLD_FENCE } from "./run_lines.ts";
import type { ScriptRequest, ScriptStep } from "./script_request.ts";
import { statementLines } from "./statement_lines.ts";
import { outsideLines } from "./outside_lines.ts";

/** The step's place in the script. */
export interface StepPlace {
  readonly one: ScriptStep;
  /** From 0. */
  readonly index: number;
}

/** Runs a step unless the history has it, with its history row in the same transaction. */
export function stepLines(request: ScriptRequest, place: StepPlace): readonly string[] {
  const { one, index } = place;
  const { step } = one;
  const of = request.steps.length;
  const isOne = step.script.transaction === "single";
  return [
    ...stepHead(request, place),
    intoVariables(
      `SELECT pg_catalog.strpos(:'migrator_todo', ' ${index + 1} ') ` +
        "OPERATOR(pg_catalog.>) 0 AS is_todo",
    ),
    ...when("is_todo", [
      echo(`[${index + 1}/${of}] ${step.direction} ${migrationLabel(step.definition)}`),
      ...(isOne ? insideLines(request, place) : outsideLines(request, one)),
      ...(isOne && step.script.statements.every(({ plain }) => plain) ? [] : [":migrator_reset"]),
    ]),
    "",
  ];
}

/** One transaction: the statements, what is kept of the migration, and the history row. */
function insideLines(request: ScriptRequest, { one, index }: StepPlace): readonly string[] {
  const { step } = one;
  return [
    ...(needsHooks(step) ? beforeHooks(request, step) : []),
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE;",
    ...timeoutLines(request, step),
    ...HOLD_FENCE,
    ...step.script.statements.flatMap((_, at) => statementLines(one, at)),
    "",
    "-- recorded in the same transaction",
    ":migrator_own",
    ...(needsHooks(step) ? hookLines(request, index) : []),
    ...keptLines(request, one),
    intoVariables(recordFinished(attemptOf(request, one), { success: true })),
    "COMMIT;",
  ];
}

/** Comments that say what the step is. */
export function stepHead(
  { steps }: ScriptRequest,
  { one: { step }, index }: StepPlace,
): readonly string[] {
  const title = `${index + 1} of ${steps.length}: ${step.direction} ${
    migrationLabel(step.definition)
  }`;
  return [
    `-- ${"-".repeat(77)}`,
    sqlComment(`${title}, ${step.script.path}`),
    ...(isPrivileged(step) ? ["-- PRIVILEGED: it may need a superuser."] : []),
    ...(step.script.transaction === "single"
      ? []
      : ["-- It runs outside a transaction, statement by statement."]),
    `-- ${"-".repeat(77)}`,
  ];
}

/** The step's timeouts inside its transaction, where they are not those of the session. */
export function timeoutLines({ options }: ScriptRequest, step: Step): readonly string[] {
  const settings = [
    ["lock_timeout", lockTimeoutOf({ options }, step), options.lockTimeout],
    ["statement_timeout", statementTimeoutOf({ options }, step), options.statementTimeout ?? 0],
  ] as const;
  return settings.flatMap(([name, value, usual]) =>
    value === usual ? [] : [`SET LOCAL ${name} = ${value};`]
  );
}
