/**
 * A migration outside any transaction: statement by statement, with a row that is opened before and
 * closed after.
 *
 * @module
 */

import { SqlError } from "../connection/session.ts";
import type { Statement } from "../definition/definition.ts";
import { Failure } from "../failure.ts";
import {
  type Attempt,
  recordCutOff,
  recordEnded,
  recordProgress,
  recordStarted,
} from "../history/attempt.ts";
import type { StoredError } from "../history/state.ts";
import { isCounted } from "../plan/diagnosis.ts";
import { isSelfRepairing, type Step } from "../plan/plan.ts";
import type { Blocker } from "./blocker.ts";
import { type Build, isBuiltAlready, mustBeValid, nameOfUnnamed } from "./concurrent_index.ts";
import { type Identity, sendCounted, setTimeouts } from "./counted.ts";
import { outliveIdling } from "./inherited.ts";
import { inOwnTransaction } from "./own_transaction.ts";
import { type CutOff, findCutOff, isRefusedAtOnce, whatIsLeft } from "./resume.ts";
import { guarded, type RunContext } from "./run_context.ts";
import { busy, lockTimeoutOf, statementTimeoutOf, waitToRetry } from "./retry.ts";
import { isAtomic, stepFailure } from "./statement_failure.ts";
import { watchBlockers } from "./watch_blockers.ts";
import { attemptOf } from "./prepared.ts";

/** lock_not_available. Each statement is atomic by itself, so it can be tried again. */
const BUSY = "55P03";

/** Where to go on with what an earlier attempt began. */
export interface Resumption {
  /** Of the earlier attempt's row, which is closed if it is open. */
  readonly id: string;
  /** 0-based: the first statement to run. */
  readonly from: number;
  /** Earlier statements that only set something in their session: run once more. */
  readonly settings: readonly Statement[];
}

/**
 * Runs one step outside transactions.
 *
 * @throws {Failure} `sql/*`: statements before the failed one stand, and its row says how many.
 */
export async function runOutside(
  context: RunContext,
  step: Step,
  resumption: Resumption | undefined = undefined,
): Promise<void> {
  const { work, history, fence } = context;
  const own = { history, number: fence };
  const attempt = attemptOf(context, step);
  const { statements } = step.script;
  const text = await step.script.read();
  const cutOff = await findCutOff(context, step, { goesOn: resumption !== undefined });
  const starting = resumption === undefined
    ? [recordStarted(attempt)]
    : [recordCutOff(attempt, resumption.id), recordStarted(attempt, resumption.from)];
  const [started] = await guarded(context, inOwnTransaction(work, starting, own));
  const id = started?.["id"];
  if (!id) throw new Error("the history gave no id for a new row");

  let done = resumption?.from ?? 0;
  const self = await setTimeouts(context, { lock: 0, statement: 0, outlives: true });
  try {
    // Whatever the role begins by default; a script may still choose for itself.
    const mode = "ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE";
    await guarded(context, work.query(`SET SESSION CHARACTERISTICS AS TRANSACTION ${mode}`));
    for (const { start, end } of resumption?.settings ?? []) {
      await guarded(context, work.query(text.slice(start, end)));
    }
    for (const statement of statements.slice(done)) {
      const isFirst = done === (resumption?.from ?? 0);
      const at = { step, text, statement, index: done, attempt, id, self };
      const counted = await runStatement(context, { ...at, cutOff: isFirst ? cutOff : undefined });
      done++;
      if (counted) continue;
      const progress = recordProgress(attempt, id, done);
      await guarded(context, inOwnTransaction(work, [progress], own));
    }
  } catch (error) {
    const stored = storedError(error);
    if (!work.isLost && stored) {
      const current = statements[done];
      const ended = recordEnded(attempt, id, {
        success: false,
        error: stored,
        statementsDone: done,
        nothingDone: done === 0 &&
          (error instanceof StatementFailure
            ? error.isAtomic
            : current !== undefined && isCounted(current)),
      });
      // Best effort: a row that stays open means the same, a person has to look.
      await work.query("DISCARD ALL").catch(() => {});
      await inOwnTransaction(work, [ended], own).catch(() => {});
    }
    throw error instanceof StatementFailure ? error.failure : error;
  }

  await work.query("RESET SESSION AUTHORIZATION; RESET ROLE");
  await work.query("DISCARD ALL");
  await guarded(
    context,
    inOwnTransaction(work, [recordEnded(attempt, id, { success: true })], own),
  );
}

interface Place {
  readonly step: Step;
  readonly text: string;
  readonly statement: Statement;
  readonly index: number;
  readonly cutOff: CutOff | undefined;
  readonly attempt: Attempt;
  readonly id: string;
  /** As whom our own rows are written. */
  readonly self: Identity;
}

/** @returns Whether the statement was counted as it was committed. */
async function runStatement(context: RunContext, at: Place): Promise<boolean> {
  const { step, text, statement, index, cutOff, attempt, id, self } = at;
  const { options, history } = context;
  const { metadata } = step.definition;
  // A timeout in the middle of a concurrent build leaves an invalid index, so those get none but
  // their migration's own.
  const concurrent = statement.outside?.includes("CONCURRENTLY") === true;
  const lockTimeout = concurrent ? 0 : lockTimeoutOf(context, step);
  const sql = text.slice(statement.start, statement.end);
  const { resumable } = statement;
  const left = () => resumable ? whatIsLeft(context, { step, resumable, cutOff, sql }) : sql;
  const watch = watchBlockers(context, step, { lockTimeout, concurrent });
  let tries = 1;
  let lastSeen: readonly Blocker[] = [];
  try {
    const identity = await setTimeouts(context, {
      lock: lockTimeout,
      statement: concurrent ? metadata.statementTimeout ?? 0 : statementTimeoutOf(context, step),
      outlives: concurrent && isSelfRepairing(step.script),
    });
    await guarded(context, outliveIdling(context.work));
    const build = await buildOf(context, at);
    if (build && await isBuiltAlready(context, build)) return false;
    for (;; tries++) {
      const rest = await left();
      if (rest === undefined) return false;
      const { outcome, counted } = await sendCounted(
        context,
        { attempt, id, statement, sql: rest, index },
        { identity, own: self },
      );
      if (outcome.ok) {
        if (build && statement.concurrentIndex?.name) await mustBeValid(context, build);
        return counted;
      }
      // Somebody else's build, begun before ours, can come to light only by this.
      const isTaken = build !== undefined && outcome.error.sqlstate === "42P07";
      if (isTaken && await isBuiltAlready(context, build)) return false;
      const blockers = watch.take();
      if (blockers.length > 0) lastSeen = blockers;
      if (outcome.error.sqlstate !== BUSY || tries > options.lockRetries) {
        throw new SqlError(outcome.error);
      }
      await waitToRetry(context, step, { error: outcome.error, tries, blockers });
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
      ? busy(failure, { step, tries, blockers: lastSeen })
      : failure;
    throw new StatementFailure({
      failure: thrown,
      stored: { ...stored, code: thrown.code },
      isAtomic: isAtomic(statement) || isRefusedAtOnce(statement, server.sqlstate),
    });
  } finally {
    await watch.stop();
  }
}

/** Without a name in the migration there is nothing to look at, unless an attempt was cut off. */
async function buildOf(
  context: RunContext,
  { step, text, statement, cutOff }: Place,
): Promise<Build | undefined> {
  const { concurrentIndex: index } = statement;
  if (index === undefined || (index.name === undefined && !cutOff)) return undefined;
  const name = index.name ?? await nameOfUnnamed(context, { step, text, statement, index });
  return name === undefined ? undefined : { step, text, statement, index: { ...index, name } };
}

/** Carries what is stored beside what is thrown. */
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
