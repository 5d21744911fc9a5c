/**
 * Gets a session and the migration lock, on a server where many runners want both at once.
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
import { isPoolerWait } from "../../connection/session/pooler_messages.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { RunReporter } from "../context/event.ts";

/** How long to go on, and whom to tell. */
export interface ConnectRetry {
  readonly database: string;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: RunReporter;
  /** `clock.elapsed()` after which no new try is made. */
  readonly deadline: number;
  readonly applicationName: string;
  /** Most milliseconds between two tries to connect; less for who holds the lock already. */
  readonly connectEvery: number;
  /**
   * Most milliseconds to wait for the first answer, less for who holds the lock already: behind a
   * pooler it may be itself that holds the only connection.
   */
  readonly answerWithin?: number;
}

/** No slot, starting up, or a pooler that has none to give: all pass by themselves. */
const PASSING = new Set([
  "connection/too-many",
  "connection/starting",
  "connection/refused-by-server",
  "connection/no-answer",
]);

/**
 * Opens a session, trying again while the server is full or starting.
 *
 * @throws {Failure} `connection/*`; `lock/no-connection` when patience ran out on a full server.
 */
export async function connectWithRetry(connectRetry: ConnectRetry): Promise<Session> {
  const { connector, clock, signal, applicationName, deadline, database } = connectRetry;
  let told = false;
  const tell = (why: string) => {
    if (!told) connectRetry.report({ type: "connecting", database, server: connector.label, why });
    told = true;
  };
  for (let tries = 0;; tries++) {
    const slow = setTimeout(() => tell("no answer yet to the first query"), TELL_AFTER);
    try {
      const remaining = Math.max(deadline - clock.elapsed(), LEAST_ANSWER);
      const answer = Math.min(remaining, connectRetry.answerWithin ?? Infinity, MOST_TIMER);
      return await connector.open({ applicationName, signal, patience: answer });
    } catch (error) {
      if (!(error instanceof Failure) || !isPassing(error)) throw error;
      if (clock.elapsed() >= deadline || error.code === "connection/no-answer") {
        throw NO_SLOT.has(error.code) ? full(error) : error;
      }
      if (tries >= 5) tell(error.message);
      await clock.sleep(pause(clock, { tries, most: connectRetry.connectEvery }), signal);
    } finally {
      clearTimeout(slow);
    }
  }
}

/** Milliseconds without an answer after which that is told. */
const TELL_AFTER = 3_000;

/** Milliseconds that an answer is always waited for, also when the deadline is near or over. */
const LEAST_ANSWER = 5_000;

/** Timers cannot wait longer. */
const MOST_TIMER = 2 ** 31 - 1;

/** The server, or a pooler before it, has no slot for us. */
const NO_SLOT: ReadonlySet<string> = new Set(["connection/too-many", "connection/no-answer"]);

/**
 * Opens a session and looks with it. Behind a pooler the look itself may wait for a connection of the
 * pool, and be turned away: then it is tried again.
 *
 * @param look Says whether there is nothing to do.
 * @returns The session, outside any transaction; undefined when there is nothing to do.
 * @throws {Failure} As `connectWithRetry`, and what `look` throws.
 */
export async function readWithRetry(
  connectRetry: ConnectRetry,
  look: (session: Session) => Promise<boolean>,
): Promise<Session | undefined> {
  for (;;) {
    const session = await connectWithRetry(connectRetry);
    try {
      if (!await answered(connectRetry, session, () => look(session))) return session;
      await session.close();
      return undefined;
    } catch (error) {
      await session.close();
      if (!isTurnedAway(error) || isOver(connectRetry)) throw error;
    }
  }
}

/**
 * Waits for an answer no longer than patience allows.
 *
 * @throws {Failure} `lock/no-connection` when a pooler had no connection for it in time.
 */
async function answered<T>(
  { deadline, clock }: ConnectRetry,
  session: Session,
  ask: () => Promise<T>,
): Promise<T> {
  const limit = Math.max(deadline - clock.elapsed(), 0) + LEAST_ANSWER;
  const late = setTimeout(() => session.abandon(), Math.min(limit, MOST_TIMER));
  try {
    return await ask();
  } catch (error) {
    const isPooled = session.server.pooling !== "none";
    throw isPooled && error instanceof Failure && error.code === "connection/lost" &&
        (isTurnedAway(error) || clock.elapsed() >= deadline)
      ? full(error)
      : error;
  } finally {
    clearTimeout(late);
  }
}

/** Whether a pooler ended a session that waited too long for a connection of its pool. */
function isTurnedAway(error: unknown): boolean {
  return error instanceof Failure && isPoolerWait(error.facts["reason"]);
}

function isOver({ deadline, clock }: ConnectRetry): boolean {
  return clock.elapsed() >= deadline;
}

function isPassing(error: Failure): boolean {
  if (!PASSING.has(error.code)) return false;
  // PgBouncer speaks of its waits in words of its own, under SQLSTATEs of class 08 and 58.
  return error.code !== "connection/refused-by-server" ||
    /^(08|53|58)/.test(String(error.facts["sqlstate"]));
}

function full(error: Failure): Failure {
  return new Failure("lock/no-connection", error.message, {
    hint:
      "A run needs two connections: one that holds the lock and one that works. Make room, raise " +
      "max_connections or the pooler's pool_size to 2 or more, wait longer with --lock-wait, or go " +
      "around the pooler with --direct-url.",
    facts: error.facts,
    cause: error,
  });
}

/** Most milliseconds between two tries for the lock. */
const TRY_EVERY = 2_000;

/** The same for a waiter that connects anew for each: that costs the server a process. */
const RECONNECT_EVERY = 5_000;

/** Full jitter under a doubling roof, so that many starters spread out. */
function pause(clock: Clock, { tries, most }: { tries: number; most: number }): number {
  return 25 + clock.random() * Math.min(most, 50 * 2 ** tries);
}

/**
 * Waits for the migration lock without ever holding a transaction open between two tries.
 *
 * When the server is nearly full, some of the waiters also give their connections back while they
 * sleep: the one that holds the lock needs a second connection to work with, and must get it.
 *
 * @param options.session Used for the first try, and closed unless it becomes the lock's.
 * @param options.isDone Asked after each lost try: another runner may have done it all.
 * @returns The lock, or undefined when `isDone` said that nothing is left to do.
 * @throws {Failure} `lock/held` when patience ran out.
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
  let told = 0;
  try {
    for (let tries = 0;; tries++) {
      session ??= await connectWithRetry(connectRetry);
      const asked = session;
      const trying = answered(connectRetry, asked, async () => {
        if (await tryLock(asked, key)) return "won";
        if (await isDone(asked)) return "done";
        const waited = clock.elapsed() - began;
        if (isOver(connectRetry)) throw await held(connectRetry, asked, key);
        if (waited >= told) {
          const holder = await lockHolder(asked, key);
          const seconds = Math.round(waited / 1000);
          connectRetry.report({ type: "waiting", database, holder, seconds });
          told = Math.max(2_000, told * 2 + 1_000);
        }
        // Not all of them: those that stay need not be let in again.
        return clock.random() < 0.3 && await isNearlyFull(asked) ? "give back" : "keep";
      });
      const outcome = await trying.catch((error: unknown) => {
        if (!isTurnedAway(error) || isOver(connectRetry)) throw error;
        return "give back";
      });
      if (outcome === "won") {
        session = undefined;
        return heldLock(asked, database);
      }
      if (outcome === "done") return undefined;
      if (outcome === "give back") {
        await asked.close();
        session = undefined;
      }
      const most = session ? TRY_EVERY : RECONNECT_EVERY;
      await clock.sleep(pause(clock, { tries, most }), signal);
      // Ended while it idled (idle_session_timeout, a pooler): there is nothing in it to be missed.
      if (session?.isLost) session = undefined;
    }
  } finally {
    await session?.close();
  }
}

async function held(connectRetry: ConnectRetry, session: Session, key: bigint): Promise<Failure> {
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
        - pg_catalog.current_setting('superuser_reserved_connections')::int AS full
    FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  return row?.["full"] === "t";
}
