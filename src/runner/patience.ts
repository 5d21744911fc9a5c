/**
 * Getting a session, and the lock, on a server where everyone wants them at the same time.
 *
 * @module
 */

import { type HeldLock, heldLock, lockHolder, lockInProcess, tryLock } from "../connection/lock.ts";
import { ownRead } from "../connection/own_read.ts";
import type { Connector, Session } from "../connection/session.ts";
import { Failure } from "../failure.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Report } from "./event.ts";

/** How long to go on, and whom to tell. */
export interface Patience {
  readonly database: string;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** `clock.elapsed()` after which no new try is made. */
  readonly deadline: number;
  readonly applicationName: string;
  /** Most milliseconds between two tries to connect; less for who holds the lock already. */
  readonly connectEvery: number;
}

/** No slot, starting up, or a pooler that has none to give: all pass by themselves. */
const PASSING = new Set([
  "connection/too-many",
  "connection/starting",
  "connection/refused-by-server",
]);

/**
 * Opens a session, trying again while the server is full or starting.
 *
 * @throws {Failure} `connection/*`; `lock/no-connection` when patience ran out on a full server.
 */
export async function openPatiently(patience: Patience): Promise<Session> {
  const { connector, clock, signal, applicationName, deadline, database } = patience;
  for (let tries = 0, told = false;; tries++) {
    try {
      return await connector.open({ applicationName, signal });
    } catch (error) {
      if (!(error instanceof Failure) || !isPassing(error)) throw error;
      if (clock.elapsed() >= deadline) {
        throw error.code === "connection/too-many" ? full(error) : error;
      }
      if (!told && tries >= 5) {
        patience.report({
          type: "connecting",
          database,
          server: connector.label,
          why: error.message,
        });
        told = true;
      }
      await clock.sleep(pause(clock, { tries, most: patience.connectEvery }), signal);
    }
  }
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
      "max_connections or the pooler's pool_size to 2 or more, or wait longer with --lock-wait.",
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
export async function waitForLock(
  patience: Patience,
  options: {
    readonly session: Session;
    readonly key: bigint;
    readonly isDone: (session: Session) => Promise<boolean>;
  },
): Promise<HeldLock | undefined> {
  const { clock, signal, deadline, database, connector } = patience;
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
      session ??= await openPatiently(patience);
      if (await tryLock(session, key)) {
        const won = session;
        session = undefined;
        return heldLock(won, database);
      }
      if (await isDone(session)) return undefined;
      const waited = clock.elapsed() - began;
      if (clock.elapsed() >= deadline) throw await held(patience, session, key);
      if (waited >= told) {
        const holder = await lockHolder(session, key);
        patience.report({ type: "waiting", database, holder, seconds: Math.round(waited / 1000) });
        told = Math.max(2_000, told * 2 + 1_000);
      }
      // Not all of them: those that stay need not be let in again.
      if (clock.random() < 0.3 && await isNearlyFull(session)) {
        await session.close();
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

async function held(patience: Patience, session: Session, key: bigint): Promise<Failure> {
  const { database } = patience;
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
  const [row] = await ownRead(
    session,
    `SELECT count(*) + 5 > pg_catalog.current_setting('max_connections')::int
        - pg_catalog.current_setting('superuser_reserved_connections')::int AS full
    FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  return row?.["full"] === "t";
}
