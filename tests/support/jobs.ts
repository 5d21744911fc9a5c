/**
 * Jobs in TypeScript for tests: queued beside a table, and worked on in this process.
 *
 * @module
 */

import { meansOf, type OwnCode } from "../../src/background/code/own_code.ts";
import type { BackgroundEvent } from "../../src/background/event.ts";
import type { Connector } from "../../src/connection/session.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { BACKGROUND, work } from "./background.ts";

/** What a worker of a test is given beside its jobs. */
export interface JobWork extends Partial<OwnCode> {
  readonly connector: Connector;
  readonly workers?: number;
  readonly events?: BackgroundEvent[];
  readonly signal?: AbortSignal;
}

/** Works on what is queued with these jobs until nothing is left; gives the events. */
export async function workWithJobs(
  { connector, workers = 1, events = [], signal = new AbortController().signal, ...code }: JobWork,
): Promise<readonly BackgroundEvent[]> {
  const means = meansOf({
    name: BACKGROUND,
    connector,
    clock: systemClock,
    report: (event) => void events.push(event),
    signal,
    code: { connectorTo: () => Promise.resolve(connector), jobs: [], strategies: [], ...code },
  });
  await work(connector, { ...means, workers, events, signal });
  return events;
}
