/**
 * Waiting for all databases of a product.
 *
 * @module
 */

import type { Connector } from "../connection/session.ts";
import { Failure, Failures, throwCollected } from "../failure.ts";
import type { HistoryName } from "../history/store.ts";
import type { Report } from "../runner/event.ts";
import { waitUntilReady } from "../runner/wait.ts";
import type { Wait } from "../runner/wait.ts";
import { systemClock } from "../runtime/clock.ts";

/** One database to wait for. */
export interface Awaited extends Pick<Wait, "needed" | "graph"> {
  readonly name: string;
  readonly history: HistoryName;
  readonly connector: Connector;
}

/** One that is ready. */
export interface Ready {
  readonly name: string;
  readonly server: string;
  /** Versions that a newer program applied. */
  readonly newer: readonly bigint[];
}

/**
 * All at the same time: what is an error at once must not wait for another's turn, and ends the rest.
 *
 * @param options.timeout Milliseconds; 0 looks once.
 * @param options.ready Told of each, when it is.
 * @throws {Failure | Failures} What `waitUntilReady` throws.
 */
export async function waitForAll(
  targets: readonly Awaited[],
  { timeout, report, signal, ready }: {
    readonly timeout: number;
    readonly report: Report;
    /** Aborted with the `Failure` to end with. */
    readonly signal: AbortSignal;
    readonly ready: (one: Ready) => void;
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
  // Those that were stopped because of one reject with its reason.
  const reasons = results.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  const failures = [...new Set<unknown>(reasons)].flatMap((reason) => {
    if (reason instanceof Failure) return [reason];
    if (reason instanceof Failures) return reason.failures;
    throw reason;
  });
  throwCollected(failures);
}
