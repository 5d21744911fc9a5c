/**
 * A migration in one transaction, together with its history row: both are there, or neither.
 *
 * @module
 */

import type { PipelineResult, ServerError } from "../../connection/session/session.ts";
import { representableValue } from "../../history/representable.ts";
import { Failure } from "../../failure.ts";
import { recordFinished, recordTransactionEnded } from "../../history/attempt.ts";
import { type StoredError, TRANSACTION_ENDED } from "../../history/history.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { Blocker } from "../context/blocker.ts";
import { beginMessage, beginTransaction, openedTransaction } from "./begin_transaction.ts";
import { resetMessages, rollbackMessages } from "./reset_session.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import { attemptOf, type StepMessages } from "./build_messages.ts";
import { isRetryable, lockNotAvailable, lockTimeoutOf, waitToRetry } from "../context/retry.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { stepFailure } from "../context/statement_failure.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { type BlockerWatch, watchBlockers } from "../observe/watch_blockers.ts";

/** How steps ran. */
export interface TransactionalResult {
  /** Milliseconds of each step that was committed, in order. */
  readonly took: readonly number[];
  /** The id of the next step's transaction, where that is open. */
  readonly transaction: string | undefined;
}

/** What is known before a step runs. */
interface Beginning {
  /** The id of the step's transaction, where that is open already. */
  readonly transaction: string | undefined;
  /** The transactional step whose transaction is to be opened afterwards, if any. */
  readonly next: Step | undefined;
}

/**
 * Runs one transactional step.
 *
 * The session may already be inside the step's open transaction: `beginMessage` is sent at the end of the
 * step before, so that each migration costs one round trip. The statements are pipelined only into a
 * transaction that is known to be open; otherwise a cancel that hits the BEGIN would leave them to
 * commit one by one.
 *
 * @throws {Failure} `sql/statement-failed`, `history/transaction-ended`, `lock/*`, `connection/lost`,
 * `interrupted/*`; nothing of the step is in the database then, unless the message says otherwise.
 */
export async function runTransactional(
  context: RunContext,
  prepared: StepMessages,
  beginning: Beginning,
): Promise<TransactionalResult> {
  const lockTimeout = lockTimeoutOf(context, prepared.step);
  const blockerWatch = watchBlockers(context, prepared.step, { lockTimeout });
  try {
    return await runWatched(context, prepared, { ...beginning, blockerWatch });
  } finally {
    await blockerWatch.stop();
  }
}

async function runWatched(
  context: RunContext,
  prepared: StepMessages,
  { next, blockerWatch, ...beginning }: Beginning & { readonly blockerWatch: BlockerWatch },
): Promise<TransactionalResult> {
  const { step } = prepared;
  const began = context.clock.elapsed();
  const after = [
    ...(step.script.statements.every(({ plain }) => plain) ? [] : resetMessages(context)),
    ...(next ? [beginMessage(context, next)] : []),
  ];
  const commit = prepared.messages.length;

  let lastSeen: readonly Blocker[] = [];
  for (let tries = 1, opened = beginning.transaction;; tries++, opened = undefined) {
    const own = opened ?? await beginTransaction(context, step);
    const messages = [...prepared.messages, prepared.commit(own), ...after];
    const result = await raceWithLock(
      context,
      context.work.pipeline(messages, { rowsFrom: commit }),
    );
    if (result.ok || result.failed > commit) {
      await checkCommitted(context, { step, result, commit });
      const took = [context.clock.elapsed() - began];
      const transaction = result.ok && next ? openedTransaction(result.answers.at(-1)) : undefined;
      if (result.ok && (transaction !== undefined || next === undefined)) {
        return { took, transaction };
      }
      // Committed; what failed came after it. The next step opens its transaction by itself.
      await context.work.pipeline(next ? rollbackMessages(context) : resetMessages(context));
      return { took, transaction: undefined };
    }
    const isAtCommit = result.failed === commit;
    if (!await isRolledBack(context, { result, isAtCommit, transaction: own })) {
      throw await transactionEnded(context, step, result.error);
    }
    const blockers = blockerWatch.take();
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

/**
 * Rolls back what failed, and asks whether it was the transaction that had been opened for the step. A
 * script may have ended that, and then what it did is committed: with another idea of what a string is
 * than ours, the server may find a COMMIT where we found none.
 *
 * Inside a transaction that has failed the server refuses every message behind, so the block is still
 * the failed one at the end. A COMMIT that fails ends it.
 */
async function isRolledBack(
  context: RunContext,
  { result, isAtCommit, transaction }: {
    readonly result: PipelineResult;
    readonly isAtCommit: boolean;
    readonly transaction: string;
  },
): Promise<boolean> {
  const { answers } = await context.work.pipeline([
    "ROLLBACK",
    `SELECT pg_catalog.pg_xact_status(${quoteLiteral(transaction)}::pg_catalog.xid8) AS status`,
    ...resetMessages(context),
  ]);
  const isOurs = result.block === "failed" || isAtCommit;
  return isOurs && answers[1]?.rows[0]?.["status"] === "aborted";
}

/**
 * The tag of a COMMIT says whether it was one; the row that came back, whether it was recorded: it is
 * written only in the transaction that was opened for the step.
 */
export async function checkCommitted(
  context: RunContext,
  { step, result, commit }: {
    readonly step: Step;
    readonly result: PipelineResult;
    readonly commit: number;
  },
): Promise<void> {
  const tag = result.answers[commit]?.command;
  const isRecorded = result.answers[commit]?.rows[0]?.["id"] !== undefined;
  if (tag === "COMMIT" && isRecorded) return;
  if (result.block !== "none") await context.work.pipeline(rollbackMessages(context));
  throw await transactionEnded(context, step);
}

/** Records that a part of the step stands, as far as that can be recorded, and gives the failure. */
async function transactionEnded(
  context: RunContext,
  step: Step,
  error?: ServerError,
): Promise<Failure> {
  const { history } = context;
  const said = error ? ` Then it failed: ${error.message} (SQLSTATE ${error.sqlstate}).` : "";
  const failure = new Failure(
    error ? TRANSACTION_ENDED : "history/not-recorded",
    `Migration ${migrationLabel(step.definition)} (${step.direction}) of "${history.database}" ` +
      "ended the transaction that was opened for it, or removed its history row. What it did before " +
      `that is in the database; it is not recorded as applied.${said}`,
    {
      hint: "Look at what it left, undo it by hand, and say what holds: migrator repair " +
        `${step.definition.version} --db ${history.database}. A migration must not touch the tables ` +
        `of the schema "${history.schema}", nor turn off standard_conforming_strings.`,
      place: { file: step.script.path },
    },
  );
  const row = recordTransactionEnded(attemptOf(context, step), {
    code: failure.code,
    message: error?.message ?? "It ended the transaction that was opened for it.",
    ...(error ? { sqlstate: error.sqlstate } : {}),
  });
  await runInternalTransaction(context.work, [row], { history, number: context.fence })
    .catch(() => {});
  return failure;
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
    isCommit: failed === messages.length,
    database: context.history.database,
    role: context.work.server.role,
  });
  const isOfHooks = failed < messages.length && failed >= messages.length - accompanied;
  const explained = isOfHooks ? context.hooks?.explain(step, error) : undefined;
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
