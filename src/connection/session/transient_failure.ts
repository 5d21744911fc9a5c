// Pure.
/**
 * The one list of connection failures that pass by themselves, for every wait and retry.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";

/** The server, or a pooler in front of it, is reachable but has no free slot yet. */
const BUSY: ReadonlySet<string> = new Set([
  "connection/too-many",
  "connection/starting",
  "connection/no-answer",
]);

/** No server answers, or not the wanted one, as during a failover. */
const AWAY: ReadonlySet<string> = new Set([
  "connection/refused",
  "connection/unreachable",
  "connection/host-not-found",
  "connection/timeout",
  "connection/lost",
  "connection/target-session",
]);

/** Whether a reachable server may have a free slot later. */
export function isBusy({ code, facts }: Failure): boolean {
  return BUSY.has(code) ||
    code === "connection/refused-by-server" && isServersTrouble(String(facts["sqlstate"]));
}

/** Whether another moment may help: the server is busy, starts, fails over, or is out of reach. */
export function isTransientFailure(failure: Failure): boolean {
  const { code, facts } = failure;
  return isBusy(failure) || AWAY.has(code) ||
    // A load balancer without a server behind it answers a TLS request like this.
    code === "connection/tls" && facts["closed"] === true;
}

/**
 * Whether an SQLSTATE is about the server and not about what was asked: classes 08 connection, 53
 * resources, 57 intervention, 58 system. Poolers say the first and the last.
 */
export function isServersTrouble(sqlstate: string): boolean {
  return /^(08|53|57|58)/.test(sqlstate);
}
