/**
 * Finds out what a pooler does with a session.
 *
 * A pooler's name and settings prove nothing; only observations count. If the backend of a session changes,
 * or two open sessions have the same backend, the pooler works by transaction. A session that answers
 * while another waits for a backend keeps its own backend.
 *
 * @module
 */

import type { Connector, Pooling, Session } from "./session.ts";

/** Milliseconds to wait for an answer that may be waiting for a free backend. */
const BACKEND_WAIT = 2_000;

/** The number of tries: a busy pool may give the backend to another client in between. */
const ROUNDS = 4;

/**
 * How a session is pooled. Costs nothing without a pooler; otherwise opens a second session briefly.
 *
 * @param session Outside any transaction.
 * @returns `unknown` when the pool is too full to tell.
 * @throws {Failure} `connection/lost`.
 */
export async function poolingOf(
  session: Session,
  { connector, signal }: { readonly connector: Connector; readonly signal: AbortSignal },
): Promise<Pooling> {
  const { pooling, pid } = session.server;
  if (pooling !== "unknown") return pooling;
  const first = await within(backendOf(session));
  if (first === undefined) return "unknown";
  if (first !== pid) return "transaction";
  const over = new AbortController();
  const opening = connector.open({
    applicationName: "migrator (pooling)",
    signal: AbortSignal.any([signal, over.signal]),
  });
  try {
    const other = await within(opening);
    // The second session is in the pooler's queue before the queries that follow.
    if (other === undefined) {
      return await within(backendOf(session)) === pid ? "session" : "unknown";
    }
    let seen = other.server.pid;
    for (let round = 1; seen !== pid; round++) {
      if (round > ROUNDS) return "session";
      if (await backendOf(session) !== pid) break;
      seen = await backendOf(other);
      if (seen !== other.server.pid) break;
    }
    return "transaction";
  } catch (error) {
    if (signal.aborted || session.isLost) throw error;
    return "unknown";
  } finally {
    over.abort();
    await opening.then((other) => other.close(), () => {});
  }
}

async function backendOf(session: Session): Promise<number> {
  const { rows: [row] } = await session.query("SELECT pg_catalog.pg_backend_pid() AS pid");
  return Number(row?.["pid"]);
}

/** The answer, or undefined when it does not come in time; it is left alone then. */
async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  answer.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), BACKEND_WAIT);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
