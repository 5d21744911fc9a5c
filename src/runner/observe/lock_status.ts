/**
 * Reads from the catalogs which sessions hold the migration lock or wait for it. Takes no lock.
 *
 * @module
 */

import { lockKey } from "../../connection/lock/advisory_lock.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Row, Session } from "../../connection/session/session.ts";
import type { Direction } from "../../definition/migration/definition.ts";
import type { HistoryName } from "../../history/history_name.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { withoutLiterals } from "../../sql/without_literals.ts";
import { type Blocker, blockersQuery, toBlocker } from "../context/blocker.ts";

/** A session of this program. A field is null if the server hides it from the role. */
export interface RunnerSession {
  readonly pid: string;
  readonly application: string;
  readonly role: string | null;
  readonly host: string | null;
  readonly state: string | null;
  /** When its transaction, or else the session, began, ISO 8601; for a holder, when it got the lock. */
  readonly since: string | null;
  /** How long ago that was, by the server's clock. */
  readonly seconds: number | null;
  /** Its last statement, without the values in it. */
  readonly query: string | null;
  /** Seconds since its client last sent anything; 0 while a statement runs. */
  readonly silent: number | null;
}

/** The state of the migration lock of one database. */
export interface LockStatus {
  readonly holder: RunnerSession | null;
  /** The migration that the holder runs; null between migrations and during quick ones. */
  readonly migration: { readonly direction: Direction; readonly version: bigint } | null;
  /** The session that runs the migrations. Without a holder it is left over from an earlier run. */
  readonly worker: RunnerSession | null;
  /** The sessions that block the worker. */
  readonly blockers: readonly Blocker[];
  /** Oldest session first. When the server is nearly full, some waiters have no session. */
  readonly waiters: readonly RunnerSession[];
}

/** The most characters of a statement. */
const LONGEST_QUERY = 200;

/** Reads the state of the lock. Needs neither the history's tables nor a privilege. */
export async function readLockStatus(
  session: Session,
  { schema, database }: HistoryName,
): Promise<LockStatus> {
  const worker = `migrator ${database}`.slice(0, 63);
  const waiter = `migrator ${database} (lock)`.slice(0, 63);
  const rows = await catalogRead(
    session,
    sessionsQuery(lockKey(schema, database), [worker, waiter]),
  );
  const holderRow = rows.find((row) => row["holds"] === "t");
  const workerRow = rows.find((row) => row["holds"] !== "t" && row["application"] === worker);
  const isBlocked = workerRow?.["blocked"] === "t";
  const blockers = isBlocked
    ? await catalogRead(
      session,
      blockersQuery({ pid: Number(workerRow["pid"]), application: worker }),
    )
    : [];
  return {
    holder: holderRow ? toSession(holderRow) : null,
    migration: migrationOf(holderRow?.["application"] ?? ""),
    worker: workerRow ? toSession(workerRow) : null,
    blockers: blockers.map(toBlocker),
    waiters: rows.filter((row) => row["holds"] !== "t" && row["application"] === waiter)
      .map(toSession),
  };
}

function sessionsQuery(key: bigint, names: readonly string[]): string {
  return `SELECT a.pid, a.application_name AS application, a.usename AS role, a.state, a.query,
      CASE WHEN a.client_port = -1 THEN 'local socket'
        ELSE pg_catalog.host(a.client_addr) END AS host,
      pg_catalog.to_json(coalesce(a.xact_start, a.backend_start)) #>> '{}' AS since,
      pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() -
        coalesce(a.xact_start, a.backend_start))) AS seconds,
      CASE WHEN a.state = 'active' THEN 0 ELSE pg_catalog.floor(extract(epoch FROM
        pg_catalog.clock_timestamp() - a.state_change)) END AS silent,
      a.wait_event_type = 'Lock' AS blocked, l.pid IS NOT NULL AS holds
    FROM pg_catalog.pg_stat_activity AS a
    LEFT JOIN pg_catalog.pg_locks AS l ON l.pid = a.pid AND l.locktype = 'advisory' AND l.granted
      AND l.objsubid = 1 AND l.classid = ${BigInt.asUintN(32, key >> 32n)}
      AND l.objid = ${BigInt.asUintN(32, key)} AND l.database = a.datid
    WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
      AND (l.pid IS NOT NULL OR a.application_name IN (${names.map(quoteLiteral).join(", ")}))
    ORDER BY a.backend_start`;
}

function toSession(row: Row): RunnerSession {
  const state = row["state"] ?? null;
  return {
    pid: row["pid"] ?? "?",
    application: row["application"] ?? "",
    role: row["role"] ?? null,
    host: row["host"] ?? null,
    state,
    since: row["since"] ?? null,
    seconds: row["seconds"] == null ? null : Number(row["seconds"]),
    // When `state` is hidden, `query` is the server's text "<insufficient privilege>".
    query: state === null ? null : withoutLiterals(row["query"] ?? "", LONGEST_QUERY),
    silent: row["silent"] == null ? null : Number(row["silent"]),
  };
}

function migrationOf(application: string): LockStatus["migration"] {
  const [, direction, version] = /^migrator (up|down) .*?(\d+)$/.exec(application) ?? [];
  return direction === undefined || version === undefined
    ? null
    : { direction: direction as Direction, version: BigInt(version) };
}
