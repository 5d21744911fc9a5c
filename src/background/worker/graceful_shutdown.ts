/**
 * Stops a worker before its supervisor follows SIGTERM with SIGKILL.
 *
 * @module
 */

import type { WorkerContext } from "./worker_context.ts";

/**
 * Milliseconds that a transaction may still take: half of the shortest grace period of common
 * supervisors.
 */
const GRACE = 5_000;

/**
 * Milliseconds after which the connection is closed even if the server does not answer: a cancel
 * request may never reach it.
 */
export const STOP_LIMIT = 7_000;

/**
 * Waits for work on the server. When the worker's signal is aborted, the work has `GRACE`
 * milliseconds to end; then its statement is cancelled and nothing of it is done.
 *
 * @param limit Milliseconds without an answer after which the connection counts as lost. Default:
 * the session's limit.
 * @throws What the work throws; {SqlError} 57014 if it was cancelled; {Failure} `connection/lost`.
 */
export async function withShutdownLimit<T>(
  { session, signal, clock }: Pick<WorkerContext, "session" | "signal" | "clock">,
  work: () => Promise<T>,
  limit = session.answerLimit,
): Promise<T> {
  const { answerLimit } = session;
  session.answerLimit = limit;
  const over = new AbortController();
  const cancelLate = async () => {
    await clock.sleep(GRACE, over.signal);
    await session.cancel();
  };
  let cancelling: Promise<void> | undefined;
  const stop = () => void (cancelling = cancelLate().catch(() => {}));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", stop);
    over.abort();
    session.answerLimit = answerLimit;
    // A cancel request under way must not cancel the next statement.
    await cancelling;
  }
}
