/**
 * A transactional step as the messages that will be sent for it.
 *
 * Made while the step before is still running on the server, so that the server need not wait for
 * files to be read and rows to be worded.
 *
 * @module
 */

import { type Attempt, recordFinished } from "../../history/attempt.ts";
import type { Step } from "../../plan/plan.ts";
import { resetStatements } from "./reset_session.ts";
import { statementTimeoutOf } from "../context/retry.ts";
import type { RunContext } from "../context/run_context.ts";
import type { PipelinedGroup } from "./group_steps.ts";
import { textToSend } from "./text_to_send.ts";

/** What is sent once the step's transaction is known to be open. */
export interface StepMessages {
  readonly step: Step;
  readonly text: string;
  /**
   * The script's statements, then our settings where others may hold, then the hooks' statements.
   */
  readonly messages: readonly string[];
  /** How many of the last of them are the hooks'. */
  readonly accompanied: number;
  /**
   * The last message: the history row with the COMMIT.
   *
   * @param transaction The one that the row belongs to; undefined for one that COMMIT AND CHAIN opens.
   */
  readonly commit: (transaction: string | undefined) => string;
}

/**
 * A migration may leave another role behind, or a timeout; our rows are written as ourselves. A
 * message is read in the encoding that holds when it arrives, so this is one of its own.
 */
const OUR_SETTINGS = "RESET SESSION AUTHORIZATION; RESET ROLE; " +
  "SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on; " +
  "SET LOCAL statement_timeout = 0";

/**
 * Words several steps, in their order.
 *
 * @param companions Statements of the companion for the first, which is then the only one.
 *
 * @throws {Failure} `bundle/corrupt` when a script cannot be read.
 */
export async function buildMessages(
  context: RunContext,
  { group: [first, ...others], companions }: {
    readonly group: PipelinedGroup;
    readonly companions: readonly string[];
  },
): Promise<readonly [StepMessages, ...StepMessages[]]> {
  const prepared: [StepMessages, ...StepMessages[]] = [
    await prepare(context, { step: first, companions }),
  ];
  for (const step of others) prepared.push(await prepare(context, { step, companions: [] }));
  return prepared;
}

async function prepare(
  context: RunContext,
  { step, companions }: { readonly step: Step; readonly companions: readonly string[] },
): Promise<StepMessages> {
  const attempt = attemptOf(context, step);
  const text = await textToSend(context, step);
  return {
    step,
    text,
    messages: [
      ...step.script.statements.map(({ start, end }) => text.slice(start, end)),
      ...(keepsOurSettings(context, step) ? [] : [resetStatements(context) + OUR_SETTINGS]),
      ...companions,
    ],
    accompanied: companions.length,
    commit: (transaction) => `${recordFinished(attempt, { success: true }, transaction)};\nCOMMIT`,
  };
}

/** Whether what `beginMessage` set still holds for our rows, timeout included. */
function keepsOurSettings(context: RunContext, step: Step): boolean {
  return statementTimeoutOf(context, step) === 0 &&
    step.script.statements.every(({ plain }) => plain);
}

/** The attempt at a step in this run. */
export function attemptOf(context: RunContext, step: Step): Attempt {
  return {
    history: context.history,
    runner: context.runner,
    fence: context.fence,
    definition: step.definition,
    name: context.storable(step.definition.name),
    direction: step.direction,
    script: step.script,
  };
}
