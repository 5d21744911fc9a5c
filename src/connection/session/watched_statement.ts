/**
 * Waits for a statement that may take hours.
 *
 * A long statement and a network that loses everything look the same to its session. So another session
 * asks now and then whether the server still works for it.
 *
 * @module
 */

import type { Clock } from "../../runtime/clock.ts";
import type { Connector, Session } from "./session.ts";

/** Milliseconds between two looks. */
const LOOK_EVERY = 30_000;

/** Milliseconds that a look may wait for the server. */
const LOOK_LIMIT = 10_000;

/** Looks in a row that found nothing. One may meet the moment at which the answer is under way. */
const MISSES = 2;

/** A session, and the way to look at it. */
export interface WatchedSession {
  readonly session: Session;
  /** Opens another session with the same server. */
  readonly connector: Connector;
  readonly clock: Clock;
  /** Milliseconds between two looks. Default: 30 s. */
  readonly every?: number;
}

/** What a look found: it works for the session; it does not, or says nothing; or it let nobody look. */
type Look = "works" | "nothing" | "unknown";

/**
 * Does work that sends one statement, however long it takes. The session is given up when the server does
 * not answer any more, or no longer works for it: then its answer was lost.
 *
 * @throws {Failure} `connection/lost`.
 * @throws What the work throws.
 */
export async function watchStatement<T>(
  { session, connector, clock, every = LOOK_EVERY }: WatchedSession,
  work: () => Promise<T>,
): Promise<T> {
  // Asked behind a pooler, too, which keeps one backend for a transaction.
  const { rows: [row] } = await session.query("SELECT pg_catalog.pg_backend_pid() AS pid");
  const pid = row?.["pid"] ?? "0";
  const { answerLimit } = session;
  session.answerLimit = Infinity;
  const over = new AbortController();
  const watch = async () => {
    let misses = 0;
    while (!session.server.embedded && !over.signal.aborted) {
      await clock.sleep(every, over.signal);
      const found = await look(connector, { pid, signal: over.signal });
      if (found !== "unknown") misses = found === "works" ? 0 : misses + 1;
      if (misses < MISSES || over.signal.aborted) continue;
      return session.abandon("the server no longer works for it, or cannot be reached");
    }
  };
  const watching = watch().catch(() => {});
  try {
    return await work();
  } finally {
    over.abort();
    session.answerLimit = answerLimit;
    await watching;
  }
}

async function look(
  connector: Connector,
  { pid, signal }: { readonly pid: string; readonly signal: AbortSignal },
): Promise<Look> {
  let session: Session | undefined;
  try {
    session = await connector.open({
      applicationName: "migrator (watch)",
      signal,
      answerLimit: LOOK_LIMIT,
      stopLimit: 0,
    });
    const { rows: [row] } = await session.query(
      `SELECT state
      FROM pg_catalog.pg_stat_activity
      WHERE pid OPERATOR(pg_catalog.=) ${pid}`,
    );
    // Where the role may not see its own sessions, the state is NULL.
    return row?.["state"] === null ? "unknown" : row?.["state"] === "active" ? "works" : "nothing";
  } catch (error) {
    const { code = "" } = error as { readonly code?: string };
    return SILENT.has(code) ? "nothing" : "unknown";
  } finally {
    await session?.close();
  }
}

/** Failures in which no server has said anything. */
const SILENT: ReadonlySet<string> = new Set([
  "connection/lost",
  "connection/no-answer",
  "connection/refused",
  "connection/timeout",
  "connection/unreachable",
]);
