/**
 * Runs several small migrations in one pipeline, one message for each.
 *
 * If each waited for the previous answer, the round trip would take as long as the migration itself.
 * Each migration still has its own transaction, with its history row; its message ends with COMMIT AND
 * CHAIN, which opens the next transaction. So the session is inside a transaction from the first
 * message to the last. After a failure the server refuses every later message, and no later step runs.
 *
 * @module
 */

import type { Notice } from "../../connection/session/session.ts";
import type { Step } from "../../plan/plan.ts";
import {
  beginMessage,
  beginTransaction,
  chainedBeginMessage,
  openedTransaction,
} from "./begin_transaction.ts";
import { rollbackMessages } from "./reset_session.ts";
import type { StepMessages } from "./build_messages.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { checkCommitted, runTransactional, type TransactionalResult } from "./transactional.ts";

/**
 * Runs the steps of a group: a single step, or several small ones in one pipeline.
 *
 * @param state.transaction,state.next As for `runTransactional`.
 * @returns Times by the server's clock. If there are fewer times than steps, the first step without one
 * failed and was rolled back, and no later step ran; the caller runs it again by itself to report why.
 * @throws {Failure} As `runTransactional`; a failed statement of one of several steps does not throw.
 */
export async function runPipelinedGroup(
  context: RunContext,
  group: readonly [StepMessages, ...StepMessages[]],
  state: {
    readonly transaction: string | undefined;
    readonly next: Step | undefined;
    /** Takes the server's notices about a step. */
    readonly reportNotice: (step: Step, notice: Notice) => void;
  },
): Promise<TransactionalResult> {
  const { work } = context;
  if (group.length === 1) return await runTransactional(context, group[0], state);
  const first = state.transaction ?? await beginTransaction(context, group[0].step);
  const messages = group.map(({ step, messages: stepMessages, commit }, index) =>
    [
      ...(index === 0 ? [] : [chainedBeginMessage(context, step)]),
      ...stepMessages,
      // Ends with the word COMMIT.
      commit(index === 0 ? first : undefined),
    ].join(";\n") + (index === group.length - 1 ? "" : " AND CHAIN")
  );
  if (state.next) messages.push(beginMessage(context, state.next));

  work.onNotice = (notice, message) => {
    state.reportNotice((group[message] ?? group[0]).step, notice);
  };
  const result = await raceWithLock(context, work.pipeline(messages));
  const took: number[] = [];
  for (const [commit, { step }] of group.entries()) {
    if (!result.ok && commit >= result.failed) break;
    await checkCommitted(context, { step, result, commit });
    took.push(Number(result.answers[commit]?.rows[0]?.["seconds"]) * 1_000);
  }
  const transaction = result.ok && state.next !== undefined
    ? openedTransaction(result.answers.at(-1))
    : undefined;
  if (transaction === undefined && (state.next || !result.ok)) {
    await work.pipeline(rollbackMessages(context));
  }
  return { took, transaction };
}
