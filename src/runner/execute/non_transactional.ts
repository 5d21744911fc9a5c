/**
 * Runs a migration outside transactions, statement by statement. Its history row is opened before the
 * first statement and closed after the last.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import { SqlError } from "../../connection/session/session.ts";
import type { FileTransaction, Statement } from "../../definition/migration/definition.ts";
import { scriptParts } from "../../definition/migration/script_parts.ts";
import { Failure } from "../../failure.ts";
import {
  type Attempt,
  recordEnded,
  recordInterrupted,
  recordProgress,
  recordStarted,
} from "../../history/attempt.ts";
import type { StoredError } from "../../history/history.ts";
import { isCheckpointed } from "../../plan/diagnosis.ts";
import { isSelfRepairing, type Step } from "../../plan/plan.ts";
import type { Blocker } from "../context/blocker.ts";
import {
  assertValidIndex,
  type ConcurrentBuild,
  findUnnamedIndex,
  leftNothing,
  prepareBuild,
} from "./concurrent_index.ts";
import { sendCheckpointed, type SessionRole, setTimeouts } from "./checkpointed_statement.ts";
import { runFileTransaction } from "./file_transaction.ts";
import { disableIdleSessionTimeout } from "../context/inherited_settings.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import {
  failsBeforeAnyEffect,
  findInterruptedAttempt,
  type InterruptedAttempt,
  remainingStatement,
} from "./resume_statement.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { isRetryable, lockNotAvailable, waitToRetry } from "../context/retry.ts";
import { lockTimeoutOf, statementTimeoutOf } from "../context/timeouts.ts";
import { textToSend } from "./text_to_send.ts";
import { rowSecurityOf } from "../context/row_security.ts";
import { isAtomic, stepFailure } from "../context/statement_failure.ts";
import { watchBlockers } from "../observe/watch_blockers.ts";
import { attemptOf } from "./build_statements.ts";

/** lock_not_available. Retried, because each statement is atomic by itself. */
const BUSY = "55P03";

/** Where to resume an earlier attempt. */
export interface ResumePoint {
  /** The id of the earlier attempt's row, which is closed if it is open. */
  readonly id: string;
  /** 0-based: the first statement to run. */
  readonly from: number;
  /** Earlier statements that only change session settings; they are run once more. */
  readonly settings: readonly Statement[];
}

/**
 * Runs one step outside transactions.
 *
 * @returns Milliseconds, by the server's clock.
 * @throws {Failure} `sql/*`: the statements before the failed one are committed, and the history row
 * has their number; `lock/*`, `connection/lost`, `interrupted/*`, `bundle/corrupt`.
 */
export async function runNonTransactional(
  context: RunContext,
  step: Step,
  resumePoint: ResumePoint | undefined = undefined,
): Promise<number> {
  const { work, history, fence } = context;
  const ownFence = { history, number: fence };
  const attempt = attemptOf(context, step);
  const { statements } = step.script;
  const text = await textToSend(context, step);
  const interruptedAttempt = await findInterruptedAttempt(context, step, {
    isResumed: resumePoint !== undefined,
  });
  const starting = resumePoint === undefined ? [recordStarted(attempt)] : [
    recordInterrupted(attempt, resumePoint.id),
    recordStarted(attempt, String(resumePoint.from)),
  ];
  const [started] = await raceWithLock(context, runInternalTransaction(work, starting, ownFence));
  const id = started?.["id"];
  if (!id) throw new Error("the history gave no id for a new row");

  let done = resumePoint?.from ?? 0;
  const ownRole = await setTimeouts(context, { lock: 0, statement: 0, outlives: true });
  try {
    // Overrides the role's defaults; a script may still set its own.
    const mode = "ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE";
    const rowSecurity = rowSecurityOf(context.options);
    await raceWithLock(
      context,
      work.query(
        `SET SESSION CHARACTERISTICS AS TRANSACTION ${mode}; SET row_security = ${rowSecurity}`,
      ),
    );
    for (const { start, end } of resumePoint?.settings ?? []) {
      await raceWithLock(context, work.query(text.slice(start, end)));
    }
    for (const { first, end, transaction } of scriptParts(step.script)) {
      if (end <= done) continue;
      if (transaction !== undefined) {
        await runTransaction(context, { step, text, transaction, attempt, id });
        done = end;
        continue;
      }
      const statement = statements[first]!;
      const isFirst = done === (resumePoint?.from ?? 0);
      const at = { step, text, statement, index: done, attempt, id, ownRole };
      const counted = await runStatement(context, {
        ...at,
        interruptedAttempt: isFirst ? interruptedAttempt : undefined,
      });
      done++;
      if (counted) continue;
      const progress = recordProgress(attempt, id, done);
      await raceWithLock(context, runInternalTransaction(work, [progress], ownFence));
    }
  } catch (error) {
    const stored = storedError(error);
    if (!work.isLost && stored) {
      const current = statements[done];
      const nothingDone = done === 0 &&
        (error instanceof StatementFailure
          ? error.isAtomic
          : current !== undefined && isCheckpointed(current));
      const record = async () => {
        await work.query("DISCARD ALL").catch(() => {});
        const ended = recordEnded(attempt, id, {
          success: false,
          error: await representableValue(work, stored),
          statementsDone: done,
          nothingDone,
        });
        await runInternalTransaction(work, [ended], ownFence);
      };
      // Best effort: a row that stays open asks a person to look, too.
      await record().catch(() => {});
    }
    throw error instanceof StatementFailure ? error.failure : error;
  }

  await raceWithLock(
    context,
    work.query("RESET SESSION AUTHORIZATION; RESET ROLE").then(() => work.query("DISCARD ALL")),
  );
  const ended = recordEnded(attempt, id, { success: true });
  const [row] = await raceWithLock(context, runInternalTransaction(work, [ended], ownFence));
  return Number(row?.["seconds"] ?? 0) * 1_000;
}

interface StatementRun {
  readonly step: Step;
  readonly text: string;
  readonly statement: Statement;
  readonly index: number;
  readonly interruptedAttempt: InterruptedAttempt | undefined;
  readonly attempt: Attempt;
  readonly id: string;
  /** The role with which migrator writes its own rows. */
  readonly ownRole: SessionRole;
}

/**
 * Runs one statement, with retries.
 *
 * @returns Whether the statement was counted in the transaction that committed it.
 * @throws {StatementFailure} When the server refuses it.
 */
async function runStatement(context: RunContext, at: StatementRun): Promise<boolean> {
  const { step, text, statement, index, interruptedAttempt, attempt, id, ownRole } = at;
  const { options, history } = context;
  const { metadata } = step.definition;
  // A timeout during a concurrent build leaves an invalid index, so such a statement has no timeout but
  // the migration's own.
  const concurrent = statement.outside?.includes("CONCURRENTLY") === true;
  const lockTimeout = concurrent ? 0 : lockTimeoutOf(context, step);
  const sql = text.slice(statement.start, statement.end);
  const { resumable } = statement;
  const remaining = () =>
    resumable ? remainingStatement(context, { step, resumable, interruptedAttempt, sql }) : sql;
  const blockerWatch = watchBlockers(context, step, { lockTimeout, concurrent });
  let tries = 1;
  let lastSeen: readonly Blocker[] = [];
  try {
    const sessionRole = await setTimeouts(context, {
      lock: lockTimeout,
      statement: concurrent ? metadata.statementTimeout ?? 0 : statementTimeoutOf(context, step),
      outlives: concurrent && isSelfRepairing(step.script),
    });
    await raceWithLock(context, disableIdleSessionTimeout(context.work));
    const build = await buildOf(context, at);
    if (build && await prepareBuild(context, build)) return false;
    for (;; tries++) {
      const rest = await remaining();
      if (rest === undefined) return false;
      const { result, counted } = await sendCheckpointed(
        context,
        { attempt, id, statement, sql: rest, index },
        { sessionRole, own: ownRole },
      );
      if (result.ok) {
        if (build && statement.concurrentIndex?.name) await assertValidIndex(context, build);
        return counted;
      }
      // Another session's earlier, uncommitted build shows only by this error.
      const isTaken = build !== undefined && result.error.sqlstate === "42P07";
      if (isTaken && await prepareBuild(context, build)) return false;
      const blockers = blockerWatch.take();
      if (blockers.length > 0) lastSeen = blockers;
      if (result.error.sqlstate !== BUSY || tries > options.lockRetries) {
        throw new SqlError(result.error);
      }
      await waitToRetry(context, step, { error: result.error, tries, blockers });
    }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { server } = error;
    const { failure, stored } = stepFailure(step, {
      text,
      index,
      error: server,
      database: history.database,
      role: context.work.server.role,
    });
    const thrown = server.sqlstate === BUSY
      ? lockNotAvailable(failure, { step, tries, blockers: lastSeen })
      : failure;
    throw new StatementFailure({
      failure: thrown,
      stored: { ...stored, code: thrown.code },
      isAtomic: isAtomic(statement) || failsBeforeAnyEffect(statement, server.sqlstate) ||
        statement.concurrentIndex !== undefined &&
          await leftNothing(context, statement.concurrentIndex),
    });
  } finally {
    await blockerWatch.stop();
  }
}

/**
 * Runs a transaction that the file asks for, with retries: nothing of it stays when it is refused.
 *
 * @throws {StatementFailure} When the server refuses a statement, or the COMMIT.
 */
async function runTransaction(
  context: RunContext,
  { step, text, transaction, attempt, id }:
    & Pick<StatementRun, "step" | "text" | "attempt" | "id">
    & { readonly transaction: FileTransaction },
): Promise<void> {
  const { first, end } = transaction;
  const lockTimeout = lockTimeoutOf(context, step);
  const sql = step.script.statements.slice(first, end)
    .map((statement) => text.slice(statement.start, statement.end));
  const blockerWatch = watchBlockers(context, step, { lockTimeout });
  let lastSeen: readonly Blocker[] = [];
  try {
    for (let tries = 1;; tries++) {
      const statement = statementTimeoutOf(context, step);
      await setTimeouts(context, { lock: lockTimeout, statement, outlives: false });
      await raceWithLock(context, disableIdleSessionTimeout(context.work));
      const result = await runFileTransaction(context, { attempt, id, transaction, sql });
      if (result.ok) return;
      const { error, failed } = result;
      const blockers = blockerWatch.take();
      if (blockers.length > 0) lastSeen = blockers;
      if (isRetryable(error) && tries <= context.options.lockRetries) {
        await waitToRetry(context, step, { error, tries, blockers });
        continue;
      }
      const { failure, stored } = stepFailure(step, {
        text,
        // Behind the statements come migrator's settings, and the count with the COMMIT.
        index: failed < sql.length ? first + failed : step.script.statements.length,
        isCommit: failed > sql.length,
        error,
        database: context.history.database,
        role: context.work.server.role,
      });
      const thrown = isRetryable(error)
        ? lockNotAvailable(failure, { step, tries, blockers: lastSeen })
        : failure;
      throw new StatementFailure({
        failure: thrown,
        stored: { ...stored, code: thrown.code },
        isAtomic: true,
      });
    }
  } finally {
    await blockerWatch.stop();
  }
}

/** The build to check before it starts; undefined for an unnamed index that no attempt has begun. */
async function buildOf(
  context: RunContext,
  { step, text, statement, interruptedAttempt }: StatementRun,
): Promise<ConcurrentBuild | undefined> {
  const { concurrentIndex: index } = statement;
  if (index === undefined || (index.name === undefined && !interruptedAttempt)) return undefined;
  const name = index.name ?? await findUnnamedIndex(context, { step, text, statement, index });
  return name === undefined ? undefined : { step, text, statement, index: { ...index, name } };
}

/** Carries the failure to throw and the error to store in the history. */
class StatementFailure extends Error {
  readonly failure: Failure;
  readonly stored: StoredError;
  readonly isAtomic: boolean;
  constructor({ failure, stored, isAtomic }: {
    readonly failure: Failure;
    readonly stored: StoredError;
    readonly isAtomic: boolean;
  }) {
    super(failure.message);
    this.failure = failure;
    this.stored = stored;
    this.isAtomic = isAtomic;
  }
}

function storedError(error: unknown): StoredError | undefined {
  if (error instanceof StatementFailure) return error.stored;
  if (error instanceof Failure) return { code: error.code, message: error.message };
  return undefined;
}
