/**
 * Small migrations in a row: one pipeline for several of them, one message for each.
 *
 * Sent one by one, the server would wait for our next word as long as a small migration takes. Each is
 * still a transaction of its own, with its history row; COMMIT AND CHAIN ends its message and opens the
 * next. So the session is inside a transaction from the first message to the last, or inside one that
 * has failed: then the server refuses whatever follows, and nothing runs that should not.
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
 * Runs the steps of a group: one by itself, or several small ones together.
 *
 * @param state.transaction,state.next As for `runTransactional`.
 * @returns Times as the server counts them. Where there are fewer than steps, the next one failed and was
 * rolled back, and none after it was run: it is to be run by itself, to hear why.
 * @throws {Failure} As `runTransactional`; of several, never because one of them failed.
 */
export async function runPipelinedGroup(
  context: RunContext,
  prepared: readonly [StepMessages, ...StepMessages[]],
  state: {
    readonly transaction: string | undefined;
    readonly next: Step | undefined;
    /** Told what the server remarks on a step. */
    readonly noticed: (step: Step, notice: Notice) => void;
  },
): Promise<TransactionalResult> {
  const { work } = context;
  if (prepared.length === 1) return await runTransactional(context, prepared[0], state);
  const first = state.transaction ?? await beginTransaction(context, prepared[0].step);
  const messages = prepared.map(({ step, messages: own, commit }, index) =>
    [
      ...(index === 0 ? [] : [chainedBeginMessage(context, step)]),
      ...own,
      // Its last word is COMMIT.
      commit(index === 0 ? first : undefined),
    ].join(";\n") + (index === prepared.length - 1 ? "" : " AND CHAIN")
  );
  if (state.next) messages.push(beginMessage(context, state.next));

  work.onNotice = (notice, message) => {
    state.noticed((prepared[message] ?? prepared[0]).step, notice);
  };
  const result = await raceWithLock(context, work.pipeline(messages));
  const took: number[] = [];
  for (const [commit, { step }] of prepared.entries()) {
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
