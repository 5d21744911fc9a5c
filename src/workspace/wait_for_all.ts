/**
 * Waits for all databases of a product.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import { Failure, Failures, throwCollected } from "../failure.ts";
import type { HistoryName } from "../history/history_name.ts";
import type { RunReporter } from "../runner/context/event.ts";
import { waitUntilReady } from "../runner/wait_until_ready.ts";
import type { WaitOptions } from "../runner/wait_until_ready.ts";
import { systemClock } from "../runtime/clock.ts";

/** One database to wait for. */
export interface WaitTarget extends Pick<WaitOptions, "needed" | "graph"> {
  readonly name: string;
  readonly history: HistoryName;
  readonly connector: Connector;
}

/** A database that is ready. */
export interface ReadyTarget {
  readonly name: string;
  readonly server: string;
  /** Versions that a newer program has applied. */
  readonly newer: readonly bigint[];
}

/**
 * Waits for all databases concurrently. The first error ends the other waits at once.
 *
 * @param options.timeout Milliseconds; 0 checks once.
 * @param options.ready Called for each database when it is ready.
 * @throws {Failure | Failures} What `waitUntilReady` throws.
 */
export async function waitForAll(
  targets: readonly WaitTarget[],
  { timeout, report, signal, ready }: {
    readonly timeout: number;
    readonly report: RunReporter;
    /** Aborted with the `Failure` to throw. */
    readonly signal: AbortSignal;
    readonly ready: (one: ReadyTarget) => void;
  },
): Promise<void> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const results = await Promise.allSettled(targets.map(async ({ name, ...target }) => {
    try {
      const { newer } = await waitUntilReady({
        ...target,
        clock: systemClock,
        report,
        signal: either,
        timeout,
      });
      ready({ name, server: target.connector.label, newer });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "status/not-ready") enough.abort(error);
      throw error;
    }
  }));
  // Waits that another failure stopped reject with that failure.
  const reasons = results.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  const failures = [...new Set<unknown>(reasons)].flatMap((reason) => {
    if (reason instanceof Failure) return [reason];
    if (reason instanceof Failures) return reason.failures;
    throw reason;
  });
  throwCollected(failures);
}
