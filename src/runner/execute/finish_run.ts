/**
 * Ends a run, successful or failed, with one synchronous commit that writes a row.
 *
 * Within a run, migrations commit asynchronously. WAL is flushed in order, so one later synchronous
 * commit makes all of them durable; a commit that writes nothing would flush nothing. A server crash
 * before it loses migrations and their history rows together.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { beginStatement, setLocal, timeLimits } from "../../connection/session/begin_statement.ts";
import { recordDurable } from "../context/fence.ts";
import { synchronousCommit } from "../context/internal_transaction.ts";
import { type ConnectRetry, connectWithRetry } from "../lock/acquire_lock.ts";
import type { RunContext } from "../context/run_context.ts";

/**
 * Makes everything durable that this run committed. Does not throw when the server cannot be reached:
 * the next run sees that this run was not finished, and finishes it.
 *
 * @param isWhole False when a server crash lost steps that were reported as applied; then nothing is
 * reported as durable.
 */
export async function finishRun(
  context: RunContext,
  { connectRetry, isWhole }: { readonly connectRetry: ConnectRetry; readonly isWhole: boolean },
): Promise<void> {
  const { work, lock, history, report, signal } = context;
  const { database } = history;
  const settings = settingsOf(work);
  const mark = recordDurable(history, context.fence);
  const statement = `${beginStatement("READ COMMITTED READ WRITE", settings)}; ${mark}`;
  if (await commit(work, { statement, signal })) {
    return report({ type: "durable", database });
  }
  if (lock.session === undefined) return;
  lock.session.answerLimit = COMMIT_TIMEOUT;
  // It is already inside a transaction, whose COMMIT also releases the lock.
  if (await commit(lock.session, { statement: `${setLocal(settings)}; ${mark}`, signal })) {
    return report({ type: "durable", database });
  }
  try {
    const session = await connectWithRetry({
      ...connectRetry,
      deadline: 0,
      answerWithin: 5_000,
    });
    if (await commit(session, { statement, signal }) && isWhole) {
      report({ type: "durable", database });
    }
    await session.close();
  } catch {
    // The next run sees that this one was not finished, and finishes it.
  }
}

function settingsOf(work: Session): readonly string[] {
  return [...timeLimits(work.server, { statement: 0, lock: 5_000 }), synchronousCommit(work)];
}

/** Milliseconds for the commit; it may wait for a synchronous standby. */
const COMMIT_TIMEOUT = 60_000;

/** The same for an interrupted run, which may soon be killed. */
const HURRIED_TIMEOUT = 3_000;

async function commit(
  session: Session,
  { statement, signal }: { readonly statement: string; readonly signal: AbortSignal },
): Promise<boolean> {
  if (session.isLost) return false;
  const timeout = signal.aborted ? HURRIED_TIMEOUT : COMMIT_TIMEOUT;
  const timer = setTimeout(() => session.abandon(), timeout);
  try {
    const result = await session.pipeline([`${statement}; COMMIT`]);
    if (!result.ok) await session.query("ROLLBACK");
    return result.ok && result.answers[0]?.rows.length === 1;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
