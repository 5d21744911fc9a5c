/**
 * A migration in one transaction, together with its history row: both are there, or neither.
 *
 * @module
 */

import type { Outcome } from "../connection/session.ts";
import { Failure } from "../failure.ts";
import { recordFinished } from "../history/attempt.ts";
import type { StoredError } from "../history/state.ts";
import { describe, type Step } from "../plan/plan.ts";
import type { Blocker } from "./blocker.ts";
import { enter, enterNow, isOurs } from "./enter.ts";
import { cleanBetween, giveUp } from "./leave_clean.ts";
import { inOwnTransaction } from "./own_transaction.ts";
import { attemptOf, type Prepared } from "./prepared.ts";
import { busy, isWorthARetry, lockTimeoutOf, waitToRetry } from "./retry.ts";
import { guarded, type RunContext } from "./run_context.ts";
import { stepFailure } from "./statement_failure.ts";
import { type Watch, watchBlockers } from "./watch_blockers.ts";

/** How steps ran. */
export interface Ran {
  /** Milliseconds of each step that was committed, in order. */
  readonly took: readonly number[];
  /** Whether the next step's transaction is open. */
  readonly entered: boolean;
}

/**
 * Runs one transactional step.
 *
 * The session may already be inside the step's open transaction: `enter` is sent at the end of the
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
  prepared: Prepared,
  state: { readonly entered: boolean; readonly next: Step | undefined },
): Promise<Ran> {
  const lockTimeout = lockTimeoutOf(context, prepared.step);
  const watch = watchBlockers(context, prepared.step, { lockTimeout });
  try {
    return await runWatched(context, prepared, { ...state, watch });
  } finally {
    await watch.stop();
  }
}

async function runWatched(
  context: RunContext,
  prepared: Prepared,
  state: { readonly entered: boolean; readonly next: Step | undefined; readonly watch: Watch },
): Promise<Ran> {
  const { step } = prepared;
  const began = context.clock.elapsed();
  const after = [
    ...(step.script.statements.every(({ plain }) => plain) ? [] : cleanBetween(context)),
    ...(state.next ? [enter(context, state.next)] : []),
  ];
  const messages = [...prepared.messages, ...after];
  const commit = prepared.messages.length - 1;

  let lastSeen: readonly Blocker[] = [];
  for (let tries = 1, isOpen = state.entered;; tries++, isOpen = false) {
    if (!isOpen) await enterNow(context, step);
    const outcome = await guarded(context, context.work.pipeline(messages));
    if (outcome.ok || outcome.failed > commit) {
      checkCommitted(context, { step, outcome, commit });
      const took = [context.clock.elapsed() - began];
      const entered = outcome.ok && isOurs(outcome.answers.at(-1));
      if (outcome.ok && (entered || state.next === undefined)) return { took, entered };
      // Committed; what failed came after it. The next step opens its transaction by itself.
      await context.work.pipeline(state.next ? giveUp(context) : cleanBetween(context));
      return { took, entered: false };
    }
    // Where a statement failed, the message with the COMMIT was refused from its first word on.
    await context.work.pipeline(giveUp(context));
    const blockers = state.watch.take();
    if (blockers.length > 0) lastSeen = blockers;
    const isWorthIt = isWorthARetry(outcome.error);
    if (!isWorthIt || tries > context.options.lockRetries) {
      await fail(context, prepared, {
        outcome,
        ...(isWorthIt ? { busy: { tries, blockers: lastSeen } } : {}),
      });
    }
    await waitToRetry(context, step, { error: outcome.error, tries, blockers });
  }
}

/** The tag of a COMMIT says whether it was one; the row that came back, whether it was recorded. */
export function checkCommitted(
  context: RunContext,
  { step, outcome, commit }: {
    readonly step: Step;
    readonly outcome: Outcome;
    readonly commit: number;
  },
): void {
  const tag = outcome.answers[commit]?.command;
  const isRecorded = outcome.answers[commit]?.rows[0]?.["id"] !== undefined;
  if (tag === "COMMIT" && isRecorded) return;
  throw new Failure(
    "history/not-recorded",
    `Migration ${describe(step.definition)} (${step.direction}) of "${context.history.database}" ` +
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
  { step, text, messages, accompanied }: Prepared,
  at: {
    readonly outcome: Outcome & { readonly ok: false };
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
  const explained = isCompanions ? context.companion?.explain(step, error) : undefined;
  const thrown = explained ?? (at.busy ? busy(failure, { step, ...at.busy }) : failure);
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
  const row = recordFinished(attemptOf(context, step), {
    success: false,
    error,
    statementsDone,
    nothingDone: true,
  });
  await inOwnTransaction(context.work, [row], { history: context.history, number: context.fence })
    .catch(() => {});
}
