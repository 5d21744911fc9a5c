/**
 * Builds the messages that are sent for a transactional step.
 *
 * They are built while the previous step is still running, so that the server does not wait while
 * files are read and history rows are built.
 *
 * @module
 */

import { actorOf, type Attempt, recordFinished } from "../../history/attempt.ts";
import type { Step } from "../../plan/plan.ts";
import { resetStatements } from "./reset_session.ts";
import { statementTimeoutOf } from "../context/timeouts.ts";
import type { RunContext } from "../context/run_context.ts";
import type { PipelinedGroup } from "./group_steps.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { textToSend } from "./text_to_send.ts";

/** The messages that are sent once the step's transaction is known to be open. */
export interface StepMessages {
  readonly step: Step;
  readonly text: string;
  /**
   * The script's statements; then migrator's settings, if the script may have changed them; then the
   * hooks' statements.
   */
  readonly messages: readonly string[];
  /** The number of the hooks' statements at the end of `messages`. */
  readonly hookStatements: number;
  /**
   * The last message: the history row with the COMMIT.
   *
   * @param transaction The id of the transaction that must write the row; undefined for a transaction
   * that COMMIT AND CHAIN opens.
   */
  readonly commit: (transaction: string | undefined) => string;
}

/**
 * Restores the role and settings with which migrator writes its own rows, because a migration may have
 * changed them. This is a separate message: the server reads a message in the `client_encoding` that
 * holds when it arrives.
 */
const OUR_SETTINGS = "RESET SESSION AUTHORIZATION; RESET ROLE; " +
  "SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on; " +
  "SET LOCAL statement_timeout = 0";

/**
 * Builds the messages of several steps, in the order of the steps.
 *
 * @param hookStatements The hooks' statements for the first step; a group with any has only that step.
 * @throws {Failure} `bundle/corrupt` when a script cannot be read.
 */
export async function buildMessages(
  context: RunContext,
  { group: [first, ...others], hookStatements }: {
    readonly group: PipelinedGroup;
    readonly hookStatements: readonly string[];
  },
): Promise<readonly [StepMessages, ...StepMessages[]]> {
  const built: [StepMessages, ...StepMessages[]] = [
    await stepMessages(context, { step: first, hookStatements }),
  ];
  for (const step of others) built.push(await stepMessages(context, { step, hookStatements: [] }));
  return built;
}

async function stepMessages(
  context: RunContext,
  { step, hookStatements }: { readonly step: Step; readonly hookStatements: readonly string[] },
): Promise<StepMessages> {
  const attempt = attemptOf(context, step);
  const text = await textToSend(context, step);
  return {
    step,
    text,
    messages: [
      ...step.script.statements.map(({ start, end }) => text.slice(start, end)),
      ...(keepsOurSettings(context, step) ? [] : [resetStatements(context) + OUR_SETTINGS]),
      ...hookStatements,
    ],
    hookStatements: hookStatements.length,
    commit: (transaction) => {
      const own = transaction === undefined ? undefined : quoteLiteral(transaction);
      return `${recordFinished(attempt, { success: true }, own)};\nCOMMIT`;
    },
  };
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
