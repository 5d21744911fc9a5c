/**
 * Builds the statements that are sent for a transactional step.
 *
 * They are built while the previous step is still running, so that the server does not wait while
 * files are read and history rows are built.
 *
 * @module
 */

import { actorOf, type Attempt, recordAdopted, recordFinished } from "../../history/attempt.ts";
import type { Step } from "../../plan/plan.ts";
import { resetStatements } from "./reset_session.ts";
import { statementTimeoutOf } from "../context/timeouts.ts";
import type { RunContext } from "../context/run_context.ts";
import type { StepGroup } from "./group_steps.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { textToSend } from "./text_to_send.ts";

/** The statements that are sent in the step's transaction. */
export interface StepStatements {
  readonly step: Step;
  readonly text: string;
  /** The script's statements. */
  readonly statements: readonly string[];
  /** Migrator's settings, to be sent behind them; none if the script cannot have changed them. */
  readonly settings: readonly string[];
  /** The hooks' statements, to be sent behind the settings. */
  readonly hookStatements: readonly string[];
  /**
   * What is sent behind all others: it writes the history rows. The last statement returns the `id` of the
   * step's row and the `seconds` since the transaction began.
   *
   * @param transaction The id of the transaction that must write the row; undefined for a transaction
   * that COMMIT AND CHAIN opens.
   */
  readonly record: (transaction: string | undefined) => string;
}

/**
 * Restores the role and settings with which migrator writes its own rows, because a migration may have
 * changed them. The history row is a message of its own behind them: the server reads a message under
 * the `client_encoding` and `standard_conforming_strings` that hold when it arrives.
 */
const OUR_SETTINGS = [
  "RESET SESSION AUTHORIZATION",
  "RESET ROLE",
  "SET LOCAL client_encoding = 'UTF8'",
  "SET LOCAL standard_conforming_strings = on",
  "SET LOCAL statement_timeout = 0",
];

/**
 * Builds the statements of several steps, in the order of the steps.
 *
 * @param hookStatements The hooks' statements for the first step; a group with any has only that step.
 * @throws {Failure} `bundle/corrupt` when a script cannot be read.
 */
export async function buildStatements(
  context: RunContext,
  { group: [first, ...others], hookStatements }: {
    readonly group: StepGroup;
    readonly hookStatements: readonly string[];
  },
): Promise<readonly [StepStatements, ...StepStatements[]]> {
  const built: [StepStatements, ...StepStatements[]] = [
    await stepStatements(context, { step: first, hookStatements }),
  ];
  for (const step of others) {
    built.push(await stepStatements(context, { step, hookStatements: [] }));
  }
  return built;
}

async function stepStatements(
  context: RunContext,
  { step, hookStatements }: { readonly step: Step; readonly hookStatements: readonly string[] },
): Promise<StepStatements> {
  // A squash is recorded as the migrations that it stands for, so that all programs know what there is.
  const attempt = attemptOf(
    context,
    step.squashed === undefined ? step : { ...step, script: step.definition.up },
  );
  const text = await textToSend(context, step);
  return {
    step,
    text,
    statements: step.script.statements.map(({ start, end }) => text.slice(start, end)),
    settings: keepsOurSettings(context, step) ? [] : [...resetStatements(context), ...OUR_SETTINGS],
    hookStatements,
    record: (transaction) => {
      const own = transaction === undefined ? undefined : quoteLiteral(transaction);
      return [
        ...squashedRows(context, step, own),
        recordFinished(attempt, { success: true }, own),
      ].join(";\n");
    },
  };
}

/** The rows of what a squash makes besides; none where the transaction is another one. */
function squashedRows(
  context: RunContext,
  { definition: { version }, direction, squashed = [] }: Step,
  transaction: string | undefined,
): readonly string[] {
  const note = `made by the squash to ${version}`;
  return squashed.map((definition) => {
    const attempt = attemptOf(context, { definition, direction, script: definition.up });
    return recordAdopted(attempt, { note, appliedAt: undefined, transaction });
  });
}

/** Whether the settings of `beginMessage` still hold after the script and suit migrator's own rows. */
function keepsOurSettings(context: RunContext, step: Step): boolean {
  return statementTimeoutOf(context, step) === 0 &&
    step.script.statements.every(({ plain }) => plain);
}

/** The attempt at a step in this run. */
export function attemptOf(context: RunContext, step: Step): Attempt {
  return {
    history: context.history,
    actor: actorOf(context.runner, context.fence),
    definition: step.definition,
    name: context.storable(step.definition.name),
    direction: step.direction,
    script: step.script,
  };
}
