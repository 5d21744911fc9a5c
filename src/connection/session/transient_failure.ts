// Pure.
/**
 * Which failures of connecting pass by themselves: the one list, for all that wait or try again.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";

/** The server, or a pooler before it, is there, but has no room for us yet. */
const BUSY: ReadonlySet<string> = new Set([
  "connection/too-many",
  "connection/starting",
  "connection/no-answer",
]);

/** Nobody answers there now, or not the one that is wanted, as in a failover. */
const AWAY: ReadonlySet<string> = new Set([
  "connection/refused",
  "connection/unreachable",
  "connection/host-not-found",
  "connection/timeout",
  "connection/lost",
  "connection/target-session",
]);

/** Whether a server that was reached will have room for us later. */
export function isBusy({ code, facts }: Failure): boolean {
  return BUSY.has(code) ||
    code === "connection/refused-by-server" && isServersTrouble(String(facts["sqlstate"]));
}

/** Whether another moment may help: the server is busy, starts, fails over, or is out of reach. */
export function isTransientFailure(failure: Failure): boolean {
  const { code, facts } = failure;
  return isBusy(failure) || AWAY.has(code) ||
    // So does a load balancer answer the request for TLS that has nobody behind it.
    code === "connection/tls" && facts["closed"] === true;
}

/**
 * Whether an SQLSTATE is about the server and not about what was asked: classes 08 connection, 53
 * resources, 57 intervention, 58 system. Poolers say the first and the last.
 */
export function isServersTrouble(sqlstate: string): boolean {
  return /^(08|53|57|58)/.test(sqlstate);
}
