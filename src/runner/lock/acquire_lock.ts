/**
 * Opens a session and acquires the migration lock, while many runners compete for both.
 *
 * @module
 */

import {
  type HeldLock,
  heldLock,
  lockHolder,
  lockInProcess,
  tryLock,
} from "../../connection/lock/advisory_lock.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { noAnswerFor } from "../../connection/session/connection_lost.ts";
import { isBusy } from "../../connection/session/transient_failure.ts";
import { isPoolerWait } from "../../connection/session/pooler_messages.ts";
import { ANSWER_LIMIT, type Connector, type Session } from "../../connection/session/session.ts";
import { LONGEST_TIMER } from "../../connection/socket/silence.ts";
import { type Code, Failure } from "../../failure.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { RunReporter } from "../context/event.ts";

/** How to connect, how long to retry, and where to report. */
export interface ConnectRetry {
  readonly database: string;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: RunReporter;
  /** The value of `clock.elapsed()` after which no new try is made. */
  readonly deadline: number;
  readonly applicationName: string;
  /** A condition in SQL that is evaluated with the first query of each session. */
  readonly condition?: string;
  /** The most milliseconds between two tries to connect; fewer for a runner that holds the lock. */
  readonly connectEvery: number;
  /**
   * The most milliseconds to wait for the first answer. Set by a runner that holds the lock: behind a
   * pooler its own lock session may occupy the only connection.
   */
  readonly answerWithin?: number;
}

/**
 * Opens a session, and retries while the server is full or starting.
 *
 * @throws {Failure} `connection/*`, `interrupted/*`; `lock/no-connection` when the server is still full
 * at the deadline.
 */
export async function connectWithRetry(connectRetry: ConnectRetry): Promise<Session> {
  const { connector, clock, signal, applicationName, condition, deadline, database } = connectRetry;
  let isReported = false;
  const reportWait = (why: string) => {
    if (isReported) return;
    connectRetry.report({ type: "connecting", database, server: connector.label, why });
    isReported = true;
  };
  for (let tries = 0;; tries++) {
    const slow = setTimeout(() => reportWait("no answer yet to the first query"), REPORT_AFTER);
    try {
      const remaining = Math.max(deadline - clock.elapsed(), LEAST_ANSWER);
      return await connector.open({
        applicationName,
        ...(condition === undefined ? {} : { condition }),
        signal,
        firstAnswerLimit: Math.min(remaining, connectRetry.answerWithin ?? Infinity),
        // A later query may wait for a pooler, or run a migration.
        answerLimit: Infinity,
      });
    } catch (error) {
      if (!(error instanceof Failure) || !isBusy(error)) throw error;
      if (clock.elapsed() >= deadline || error.code === "connection/no-answer") {
        throw NO_SLOT.has(error.code) ? noConnection(error) : error;
      }
      if (tries >= 5) reportWait(error.message);
      await clock.sleep(pause(clock, { tries, most: connectRetry.connectEvery }), signal);
    } finally {
      clearTimeout(slow);
    }
  }
}

/** Milliseconds without an answer after which the wait is reported. */
const REPORT_AFTER = 3_000;

/** The least milliseconds to wait for an answer, even when the deadline is near or over. */
const LEAST_ANSWER = 5_000;

/** The server, or a pooler in front of it, has no free connection slot. */
const NO_SLOT: ReadonlySet<Code> = new Set<Code>(["connection/too-many", "connection/no-answer"]);

/**
 * Opens a session and reads with it whether there is anything to do. A pooler may reject the read after
 * a wait for a connection of its pool; then both are retried.
 *
 * @param isDone Returns true when there is nothing to do.
 * @returns The session, outside any transaction; undefined when there is nothing to do.
 * @throws {Failure} As `connectWithRetry`, and what `isDone` throws.
 */
export async function readWithRetry(
  connectRetry: ConnectRetry,
  isDone: (session: Session) => Promise<boolean>,
): Promise<Session | undefined> {
  for (;;) {
    const session = await connectWithRetry(connectRetry);
    try {
      if (!await withinDeadline(connectRetry, session, () => isDone(session))) return session;
      await session.close();
      return undefined;
    } catch (error) {
      await session.close();
      if (!isPoolTimeout(error) || isOver(connectRetry)) throw error;
    }
  }
}

/**
 * Limits the queries of `ask` by the deadline: abandons the session after it.
 *
 * @throws {Failure} `lock/no-connection` when a pooler had no connection for it in time.
 */
async function withinDeadline<T>(
  { deadline, clock, connector, report, database }: ConnectRetry,
  session: Session,
  ask: () => Promise<T>,
): Promise<T> {
  const { label } = connector;
  const remaining = Math.max(deadline - clock.elapsed(), 0) + LEAST_ANSWER;
  const limit = session.server.pooling === "none" ? Math.min(remaining, ANSWER_LIMIT) : remaining;
  const late = setTimeout(
    () => session.abandon(noAnswerFor(limit)),
    Math.min(limit, LONGEST_TIMER),
  );
  const slow = setTimeout(
    () => report({ type: "connecting", database, server: label, why: "no answer yet to a query" }),
    REPORT_AFTER,
  );
  try {
    return await ask();
  } catch (error) {
    const isPooled = session.server.pooling !== "none";
    throw isPooled && error instanceof Failure && error.code === "connection/lost" &&
        (isPoolTimeout(error) || clock.elapsed() >= deadline)
      ? noConnection(error)
      : error;
  } finally {
    clearTimeout(late);
    clearTimeout(slow);
  }
}

/** Whether a pooler ended the session because it waited too long for a connection of the pool. */
function isPoolTimeout(error: unknown): boolean {
  return error instanceof Failure && isPoolerWait(error.facts["reason"]);
}

function isOver({ deadline, clock }: ConnectRetry): boolean {
  return clock.elapsed() >= deadline;
}

function noConnection(error: Failure): Failure {
  return new Failure("lock/no-connection", error.message, {
    hint:
      "A run needs two connections: one that holds the lock and one that works. Make room, raise " +
      "max_connections or the pooler's pool_size to 2 or more, wait longer with --lock-wait, or go " +
      "around the pooler with --direct-url.",
    facts: error.facts,
    cause: error,
  });
}

/** The most milliseconds between two tries for the lock. */
const TRY_EVERY = 2_000;

/** The same for a waiter that reconnects for each try, which starts a backend process each time. */
const RECONNECT_EVERY = 5_000;

/** Exponential backoff with full jitter, in milliseconds, so that many runners spread out. */
function pause(clock: Clock, { tries, most }: { tries: number; most: number }): number {
  return 25 + clock.random() * Math.min(most, 50 * 2 ** tries);
}

/**
 * Waits for the migration lock. Keeps no transaction open between two tries.
 *
 * When the server is nearly full, some waiters also close their connections while they sleep, because
 * the holder of the lock needs a second connection to work with.
 *
 * @param options.session Used for the first try, and closed unless it becomes the lock's session.
 * @param options.isDone Called after each failed try: another runner may have done all the work.
 * @returns The lock, or undefined when `isDone` returned true.
 * @throws {Failure} `lock/held` when the lock is still held at the deadline; otherwise as
 * `connectWithRetry`.
 */
export async function acquireLock(
  connectRetry: ConnectRetry,
  options: {
    readonly session: Session;
    readonly key: bigint;
    readonly isDone: (session: Session) => Promise<boolean>;
  },
): Promise<HeldLock | undefined> {
  const { clock, signal, database, connector } = connectRetry;
  const { key, isDone } = options;
  if (options.session.server.embedded) {
    await options.session.close();
    return await lockInProcess(`${connector.label} ${database}`, clock);
  }
  const began = clock.elapsed();
  let session: Session | undefined = options.session;
  let nextReport = 0;
  try {
    for (let tries = 0;; tries++) {
      session ??= await connectWithRetry(connectRetry);
      const current = session;
      const trying = withinDeadline(connectRetry, current, async () => {
        if (await tryLock(current, key)) return "won";
        if (await isDone(current)) return "done";
        const waited = clock.elapsed() - began;
        if (isOver(connectRetry)) throw await lockHeld(connectRetry, current, key);
        if (waited >= nextReport) {
          const holder = await lockHolder(current, key);
          const seconds = Math.round(waited / 1000);
          connectRetry.report({ type: "waiting", database, holder, seconds });
          nextReport = Math.max(2_000, nextReport * 2 + 1_000);
        }
        // Only some waiters: those that keep their connection need no new slot.
        return clock.random() < 0.3 && await isNearlyFull(current) ? "give back" : "keep";
      });
      const outcome = await trying.catch((error: unknown) => {
        if (!isPoolTimeout(error) || isOver(connectRetry)) throw error;
        return "give back";
      });
      if (outcome === "won") {
        session = undefined;
        return heldLock(current, database);
      }
      if (outcome === "done") return undefined;
      if (outcome === "give back") {
        await current.close();
        session = undefined;
      }
      const most = session ? TRY_EVERY : RECONNECT_EVERY;
      await clock.sleep(pause(clock, { tries, most }), signal);
      // An idle session may have been ended (idle_session_timeout, a pooler); it held no state.
      if (session?.isLost) session = undefined;
    }
  } finally {
    await session?.close();
  }
}

async function lockHeld(
  connectRetry: ConnectRetry,
  session: Session,
  key: bigint,
): Promise<Failure> {
  const { database } = connectRetry;
  const holder = await lockHolder(session, key);
  const who = holder
    ? `${holder.application} (pid ${holder.pid}, role ${holder.role}, from ${holder.host}, since ${holder.since})`
    : "another runner";
  return new Failure(
    "lock/held",
    `Cannot migrate database "${database}": the migration lock is held by ${who}.`,
    {
      hint:
        `See what it does: migrator lock --db ${database}. Wait for it to end, or wait longer ` +
        "with --lock-wait. If its host is gone for good: " +
        `SELECT pg_terminate_backend(${holder?.pid ?? "PID"})`,
      facts: { database, holder: holder ?? null },
    },
  );
}

/** True when fewer than five of the slots that ordinary roles can have are free. */
async function isNearlyFull(session: Session): Promise<boolean> {
  const [row] = await catalogRead(
    session,
    `SELECT count(*) + 5 > pg_catalog.current_setting('max_connections')::int
        - pg_catalog.current_setting('superuser_reserved_connections')::int
        -- From PostgreSQL 16 on.
        - coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) AS full
    FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  return row?.["full"] === "t";
}
