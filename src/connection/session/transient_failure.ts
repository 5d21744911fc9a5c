// Pure.
/**
 * Lists the connection failures that are worth a retry; every wait and retry uses it.
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

/** Whether a retry may help: the server is busy, starting, failing over or unreachable. */
export function isTransientFailure(failure: Failure): boolean {
  const { code, facts } = failure;
  return isBusy(failure) || AWAY.has(code) ||
    // A load balancer without a server behind it answers a TLS request like this.
    code === "connection/tls" && facts["closed"] === true;
}

/**
 * Whether an SQLSTATE is about the server and not about what was asked: classes 08 connection, 53
 * resources, 57 intervention, 58 system. Poolers send the first and the last.
 */
export function isServersTrouble(sqlstate: string): boolean {
  return /^(08|53|57|58)/.test(sqlstate);
}
