/**
 * Work that an application can stop with an AbortSignal, whatever the signal's reason.
 *
 * @module
 */

import { Failure } from "../failure.ts";

/**
 * Runs the work with a signal whose reason is a failure; removes its listener from the given signal
 * afterwards.
 *
 * @throws {Failure} `interrupted/aborted`.
 */
export async function stoppable<T>(
  given: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const abort = () => {
    const { reason } = given!;
    stop.abort(
      reason instanceof Failure ? reason : new Failure(
        "interrupted/aborted",
        "Stopped by the application.",
        { hint: "What was committed stays. The next start goes on.", cause: reason },
      ),
    );
  };
  given?.addEventListener("abort", abort, { once: true });
  if (given?.aborted) abort();
  try {
    stop.signal.throwIfAborted();
    return await work(stop.signal);
  } finally {
    given?.removeEventListener("abort", abort);
  }
}
