/**
 * Ends a worker in time: whoever sends SIGTERM sends SIGKILL before long.
 *
 * @module
 */

import type { WorkerContext } from "./worker_context.ts";

/** Milliseconds that a transaction may still take: half of what the shortest of supervisors grant. */
const GRACE = 5_000;

/**
 * Waits for what runs on the server. Once the worker was told to stop it has a few seconds to end, and
 * is cancelled then; nothing of it is done.
 *
 * @throws What the work throws; {SqlError} 57014 where it was cancelled.
 */
export async function withShutdownLimit<T>(
  { session, signal, clock }: Pick<WorkerContext, "session" | "signal" | "clock">,
  work: () => Promise<T>,
): Promise<T> {
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
    // A request that is under way must not hit what is sent next.
    await cancelling;
  }
}
