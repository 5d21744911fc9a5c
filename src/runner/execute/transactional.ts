/**
 * A migration in one transaction, together with its history row: both are there, or neither.
 *
 * @module
 */

import type { PipelineResult } from "../../connection/session/session.ts";
import { representableValue } from "../../history/representable.ts";
import { Failure } from "../../failure.ts";
import { recordFinished } from "../../history/attempt.ts";
import type { StoredError } from "../../history/history.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { Blocker } from "../context/blocker.ts";
import { beginMessage, beginTransaction, holdsFence } from "./begin_transaction.ts";
import { resetMessages, rollbackMessages } from "./reset_session.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import { attemptOf, type StepMessages } from "./build_messages.ts";
import { isRetryable, lockNotAvailable, lockTimeoutOf, waitToRetry } from "../context/retry.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { stepFailure } from "../context/statement_failure.ts";
import { type BlockerWatch, watchBlockers } from "../observe/watch_blockers.ts";

/** How steps ran. */
export interface TransactionalResult {
  /** Milliseconds of each step that was committed, in order. */
  readonly took: readonly number[];
  /** Whether the next step's transaction is open. */
  readonly entered: boolean;
}

/**
 * Runs one transactional step.
 *
 * The session may already be inside the step's open transaction: `beginMessage` is sent at the end of the
 * step before, so that each migration costs one round trip. The statements are pipelined only into a
 * transaction that is known to be open; otherwise a cancel that hits the BEGIN would leave them to
 * commit one by one.
 *
 * @param state.entered Whether `enter(step)` has been answered already.
 * @param state.next The transactional step to enter afterwards, if any.
 * @throws {Failure} `sql/statement-failed`, `lock/*`, `connection/lost`, `interrupted/*`; nothing of
 * the step is in the database then, unless the message says otherwise.
 */
export async function runTransactional(
  context: RunContext,
  prepared: StepMessages,
  state: { readonly entered: boolean; readonly next: Step | undefined },
): Promise<TransactionalResult> {
  const lockTimeout = lockTimeoutOf(context, prepared.step);
  const blockerWatch = watchBlockers(context, prepared.step, { lockTimeout });
  try {
    return await runWatched(context, prepared, { ...state, blockerWatch });
  } finally {
    await blockerWatch.stop();
  }
}

async function runWatched(
  context: RunContext,
  prepared: StepMessages,
  state: {
    readonly entered: boolean;
    readonly next: Step | undefined;
    readonly blockerWatch: BlockerWatch;
  },
): Promise<TransactionalResult> {
  const { step } = prepared;
  const began = context.clock.elapsed();
  const after = [
    ...(step.script.statements.every(({ plain }) => plain) ? [] : resetMessages(context)),
    ...(state.next ? [beginMessage(context, state.next)] : []),
  ];
  const messages = [...prepared.messages, ...after];
  const commit = prepared.messages.length - 1;

  let lastSeen: readonly Blocker[] = [];
  for (let tries = 1, isOpen = state.entered;; tries++, isOpen = false) {
    if (!isOpen) await beginTransaction(context, step);
    const result = await raceWithLock(context, context.work.pipeline(messages));
    if (result.ok || result.failed > commit) {
      checkCommitted(context, { step, result, commit });
      const took = [context.clock.elapsed() - began];
      const entered = result.ok && holdsFence(result.answers.at(-1));
      if (result.ok && (entered || state.next === undefined)) return { took, entered };
      // Committed; what failed came after it. The next step opens its transaction by itself.
      await context.work.pipeline(state.next ? rollbackMessages(context) : resetMessages(context));
      return { took, entered: false };
    }
    // Where a statement failed, the message with the COMMIT was refused from its first word on.
    await context.work.pipeline(rollbackMessages(context));
    const blockers = state.blockerWatch.take();
    if (blockers.length > 0) lastSeen = blockers;
    const isWorthIt = isRetryable(result.error);
    if (!isWorthIt || tries > context.options.lockRetries) {
      await fail(context, prepared, {
        outcome: result,
        ...(isWorthIt ? { busy: { tries, blockers: lastSeen } } : {}),
      });
    }
    await waitToRetry(context, step, { error: result.error, tries, blockers });
  }
}

/** The tag of a COMMIT says whether it was one; the row that came back, whether it was recorded. */
export function checkCommitted(
  context: RunContext,
  { step, result, commit }: {
    readonly step: Step;
    readonly result: PipelineResult;
    readonly commit: number;
  },
): void {
  const tag = result.answers[commit]?.command;
  const isRecorded = result.answers[commit]?.rows[0]?.["id"] !== undefined;
  if (tag === "COMMIT" && isRecorded) return;
  throw new Failure(
    "history/not-recorded",
    `Migration ${
      migrationLabel(step.definition)
    } (${step.direction}) of "${context.history.database}" ` +
      `ended with ${tag ?? "no answer"}, and its row is ${isRecorded ? "" : "not "}in the history.`,
    {
      hint: "A migration must not end the transaction it runs in, nor touch the tables of the " +
        `schema "${context.history.schema}". See: migrator describe ${step.definition.version}`,
      place: { file: step.script.path },
    },
  );
}

/** Records the failed attempt and throws its failure. */
async function fail(
  context: RunContext,
  { step, text, messages, accompanied }: StepMessages,
  at: {
    readonly outcome: PipelineResult & { readonly ok: false };
    /** Set when it is about a lock. */
    readonly busy?: { readonly tries: number; readonly blockers: readonly Blocker[] };
  },
): Promise<never> {
  const { outcome: { error, failed } } = at;
  const { failure, stored } = stepFailure(step, {
    text,
    error,
    index: failed,
    isCommit: failed === messages.length - 1,
    database: context.history.database,
    role: context.work.server.role,
  });
  const last = messages.length - 1;
  const isCompanions = failed < last && failed >= last - accompanied;
  const explained = isCompanions ? context.hooks?.explain(step, error) : undefined;
  const thrown = explained ?? (at.busy ? lockNotAvailable(failure, { step, ...at.busy }) : failure);
  await recordFailure(context, step, { ...stored, code: thrown.code });
  throw thrown;
}

/**
 * Writes the row of a transactional attempt that was rolled back. Best effort: the failure itself is
 * what must be heard, and a missing row makes nothing dirty.
 */
export async function recordFailure(
  context: RunContext,
  step: Step,
  error: StoredError,
): Promise<void> {
  if (context.work.isLost) return;
  const statementsDone = Math.max(0, (error.statement ?? 1) - 1);
  const { work, history, fence: number } = context;
  const record = async () => {
    const row = recordFinished(attemptOf(context, step), {
      success: false,
      error: await representableValue(work, error),
      statementsDone,
      nothingDone: true,
    });
    await runInternalTransaction(work, [row], { history, number });
  };
  await record().catch(() => {});
}
