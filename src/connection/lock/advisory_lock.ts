/**
 * The migration lock: one runner per database.
 *
 * A runner polls for a transaction-level advisory lock, and a connection that idles in a READ COMMITTED
 * transaction holds it. No session blocks in `pg_advisory_lock`: a session that waits there holds a
 * snapshot, for which the holder's CREATE INDEX CONCURRENTLY waits, and the two deadlock
 * (golang-migrate#960). The idle holder has neither snapshot nor xid, so it delays neither concurrent
 * builds nor vacuum. After any crash of the process the server releases the lock.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Failure } from "../../failure.ts";
import type { Clock } from "../../runtime/clock.ts";
import { catalogRead } from "../session/catalog_read.ts";
import { cutHint } from "../session/pooler_messages.ts";
import type { Answer, Row, Session } from "../session/session.ts";
import { beginStatement, timeLimits } from "../session/begin_statement.ts";
import { lockHolderQuery } from "./lock_holder_query.ts";

/** A lock that is held until `release`, or until its connection is lost. */
export interface HeldLock {
  /** Idles inside the transaction that holds the lock; undefined for embedded PostgreSQL. */
  readonly session: Session | undefined;
  /** Rejects with `lock/lost` when the connection is lost or the transaction has ended. */
  readonly lost: Promise<never>;
  /** True from the moment `lost` is settled. */
  readonly isLost: boolean;
  /**
   * Runs a query on the holding connection. An error ends the transaction, and with it the lock, so every
   * error counts as a loss.
   *
   * @throws {Failure} `lock/lost`.
   */
  query(sql: string): Promise<Answer>;
  /**
   * Reads the current state, with PostgreSQL's own search_path. Keeps no lock on the tables that it read,
   * and returns no rows after an error.
   *
   * @throws {Failure} `connection/lost`.
   */
  look(query: string): Promise<readonly Row[]>;
  /** Releases the lock by a rollback; does nothing if it is released already. Never throws. */
  release(): Promise<void>;
}

/** The session that holds the lock, as pg_stat_activity shows it. */
export interface LockHolder {
  /** The backend's process id. */
  readonly pid: string;
  /** Its `application_name`. */
  readonly application: string;
  /** The role that it connected as. */
  readonly role: string;
  /** The client's address; empty for a Unix socket. */
  readonly host: string;
  /** When its transaction began, in ISO 8601. */
  readonly since: string;
  /** `standby` while one of its commits waits for a synchronous standby. */
  readonly awaits: "standby" | null;
}

/**
 * The key of a database's lock. PostgreSQL keeps advisory locks per PostgreSQL database, so the
 * server's own database need not be part of it.
 *
 * @returns A signed 64-bit number; the same for ever.
 */
export function lockKey(schema: string, database: string): bigint {
  const digest = createHash("sha256").update(`migrator lock 1\0${schema}\0${database}`).digest();
  return digest.readBigInt64BE(0);
}

/** One try. On success the session is left idle inside the transaction that holds the lock. */
export async function tryLock(session: Session, key: bigint): Promise<boolean> {
  const settings = [
    ...timeLimits(session.server, { statement: 0, lock: 0, idle: 0 }),
    // A holder without its host or network sends nothing more; keepalives detect it within a minute.
    "tcp_keepalives_idle = 30",
    "tcp_keepalives_interval = 10",
    "tcp_keepalives_count = 3",
  ];
  const { rows } = await session.query(
    `${beginStatement("READ COMMITTED", settings)};
    SELECT pg_catalog.pg_try_advisory_xact_lock(${key}) AS won`,
  );
  if (rows[0]?.["won"] === "t") return true;
  await session.query("ROLLBACK");
  return false;
}

/** Reads the session that holds the lock; undefined if the server hides it. */
export async function lockHolder(session: Session, key: bigint): Promise<LockHolder | undefined> {
  const [row] = await catalogRead(session, lockHolderQuery(key));
  if (row === undefined) return undefined;
  return {
    pid: row["pid"] ?? "?",
    application: row["application"] ?? "unknown",
    role: row["role"] ?? "unknown",
    host: row["host"] ?? "unknown",
    since: row["since"] ?? "unknown",
    awaits: row["awaits_standby"] === "t" ? "standby" : null,
  };
}

/** Milliseconds for the server's answer to the release. */
const RELEASE_TIMEOUT = 3_000;

/** Milliseconds between two probes of the server. */
const PROBE_EVERY = 5_000;

/**
 * Milliseconds for an answer on the holding connection. Without one the lock counts as lost: the server,
 * which receives nothing either, may give it to another runner within a minute.
 */
const PROBE_LIMIT = 15_000;

/** The probe. It takes no snapshot, for which a concurrent index build would have to wait. */
const PROBE = "/* still there? */";

/**
 * Wraps the session that has the lock, and probes the server every few seconds: a network that loses all
 * packets causes no error. During a long migration the work connection is silent, too, but on this idle
 * connection the server answers at once.
 */
export function heldLock(session: Session, database: string): HeldLock {
  let released = false;
  let isLost = false;
  let lose!: (failure: Failure) => void;
  const lost = new Promise<never>((_, reject) => lose = reject);
  lost.catch(() => {});
  const onLoss = (cause: unknown): Failure => {
    isLost = true;
    const reason = cause instanceof Failure ? cause.facts["reason"] : undefined;
    const failure = new Failure(
      "lock/lost",
      `The connection that held the migration lock of "${database}" was lost${
        reason ? ` (${reason})` : ""
      }, so this run stopped.`,
      {
        hint: cutHint(reason) ??
          "Run the same command again: it looks at what was done and goes on.",
        cause,
      },
    );
    lose(failure);
    return failure;
  };
  session.answerLimit = PROBE_LIMIT;
  const probing = setInterval(() => {
    if (session.silence === 0) session.query(PROBE).catch(() => {});
  }, PROBE_EVERY);
  session.lost.catch((cause: unknown) => {
    clearInterval(probing);
    onLoss(cause);
  });
  return {
    session,
    lost,
    get isLost() {
      return isLost;
    },
    query: (sql) =>
      session.query(sql).catch((cause: unknown) => {
        throw onLoss(cause);
      }),
    async look(query) {
      const result = await session.pipeline([
        // Within a transaction, pg_stat_activity is a snapshot of the first read.
        "SAVEPOINT look; SET LOCAL search_path = pg_catalog, pg_temp; " +
        "SELECT pg_catalog.pg_stat_clear_snapshot()",
        query,
        "ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look",
      ]);
      return result.answers[1]?.rows ?? [];
    },
    async release() {
      if (released) return;
      released = true;
      clearInterval(probing);
      // Closing the connection alone would free the lock only when the server notices.
      const late = setTimeout(() => session.abandon(), RELEASE_TIMEOUT);
      if (!session.isLost) await session.query("ROLLBACK").catch(() => {});
      clearTimeout(late);
      await session.close();
    },
  };
}

/** Databases that this process has locked, for embedded PostgreSQL, which has only one session. */
const lockedHere = new Set<string>();

/**
 * The lock of embedded PostgreSQL: its data directory is open in this process only, so a lock inside
 * the process is enough. Waits for its turn.
 */
export async function lockInProcess(name: string, clock: Clock): Promise<HeldLock> {
  while (lockedHere.has(name)) await clock.sleep(5);
  lockedHere.add(name);
  return {
    session: undefined,
    lost: new Promise<never>(() => {}),
    isLost: false,
    query: () => Promise.reject(new Error("the lock of embedded PostgreSQL has no session")),
    look: () => Promise.resolve([]),
    release: () => {
      lockedHere.delete(name);
      return Promise.resolve();
    },
  };
}
