/**
 * Reads attempts that did not finish, and the backends that still work for them.
 *
 * @module
 */

import type { Row, Session } from "../connection/session/session.ts";
import type { Direction } from "../definition/migration/definition.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { type StoredError, toStoredError } from "./history.ts";
import { unlessMissing } from "./read_history.ts";
import type { HistoryName } from "./history_name.ts";
import { readTrusted } from "./trust.ts";

/** A server process that still works for a runner, whether or not that runner lives. */
export interface Backend {
  readonly pid: string;
  /** When its statement or transaction began, ISO 8601. */
  readonly since: string;
  /** What pg_stat_activity calls its state. */
  readonly state: string;
  /** Of a concurrent build: phase and share, such as `building index, 40 %`. */
  readonly progress: string | undefined;
}

/** The attempt that makes a version dirty. */
export interface IncompleteAttempt {
  readonly id: string;
  readonly version: bigint;
  readonly name: string;
  readonly direction: Direction;
  readonly startedAt: string;
  /** Undefined for an attempt that was cut off, or that is running. */
  readonly finishedAt: string | undefined;
  /** Statements that are known to be committed. */
  readonly statementsDone: number;
  readonly error: StoredError | undefined;
  /** Token checksum of the script that ran. */
  readonly checksum: string;
  readonly who: string;
  readonly host: string;
  /** Undefined when nothing on the server works for it any more. */
  readonly backend: Backend | undefined;
}

/** What the newest run left, when it did not come to its end. */
export interface IncompleteRun {
  readonly startedAt: string;
  /** Migrations that it committed, in order, with what the server says of their transactions. */
  readonly committed: readonly { readonly version: bigint; readonly transaction: string }[];
  /** A transaction of it that is still open. */
  readonly backend: Backend | undefined;
}

/** Everything in one database's history that is not as a finished run leaves it. */
export interface IncompleteWork {
  readonly attempts: readonly IncompleteAttempt[];
  /** Undefined when the newest run was finished, or still holds the lock. */
  readonly run: IncompleteRun | undefined;
}

/** The columns of other roles' backends may be hidden from us: null then. */
const BACKENDS = `SELECT a.pid AS backend, a.state AS backend_state, a.backend_start,
    a.application_name, a.xact_start,
    pg_catalog.to_char(coalesce(a.query_start, a.backend_start) AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS backend_since,
    (SELECT p.phase || CASE WHEN p.blocks_total > 0
        THEN pg_catalog.format(', %s %%', 100 * p.blocks_done / p.blocks_total) ELSE '' END
      FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.pid = a.pid) AS progress
  FROM pg_catalog.pg_stat_activity AS a
  WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()`;

/**
 * Reads what is unsettled; nothing where our tables are not there.
 *
 * @param options.holdsLock The caller holds the migration lock, so whoever else ran has ended.
 */
export async function readIncompleteAttempts(
  session: Session,
  name: HistoryName,
  options: { readonly holdsLock: boolean },
): Promise<IncompleteWork> {
  try {
    const attempts = await readTrusted(session, name, attemptsQuery(name, options.holdsLock));
    const run = options.holdsLock ? [] : await readTrusted(session, name, runQuery(name));
    return { attempts: attempts.map(toAttempt), run: toRun(run) };
  } catch (error) {
    return unlessMissing(error, { attempts: [], run: undefined }, name);
  }
}

/** Whether somebody holds the lock of `d`. */
const IS_LOCKED = `EXISTS (SELECT FROM pg_catalog.pg_locks AS held
  WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
    AND held.database = (
      SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND held.classid::bigint << 32 | held.objid::bigint = d.lock_key)`;

/**
 * A backend that is idle works for nobody, unless its runner lives between two statements: behind a
 * pooler it stays when its client has gone. One that began after the attempt only has its number.
 */
function attemptsQuery({ schema, database }: HistoryName, holdsLock: boolean): string {
  const s = quoteIdentifier(schema);
  return `SELECT logs.id, logs.version, logs.name, logs.direction, logs.statements_done, logs.error,
    logs.checksum, logs.who, logs.host,
    pg_catalog.to_json(logs.started_at) #>> '{}' AS started_at,
    pg_catalog.to_json(logs.finished_at) #>> '{}' AS finished_at, b.*
  FROM (SELECT DISTINCT ON (version) * FROM ${s}.migration_logs
    WHERE database = ${quoteLiteral(database)}
    ORDER BY version, nothing_done, backfilled, id DESC) AS logs
  JOIN ${s}.databases AS d ON d.name = logs.database
  LEFT JOIN (${BACKENDS}) AS b ON b.backend = logs.backend_pid AND logs.finished_at IS NULL
    AND coalesce(b.backend_start <= logs.started_at, true)
    AND b.application_name LIKE 'migrator%'
    AND (b.backend_state IS DISTINCT FROM 'idle' OR ${holdsLock ? "false" : IS_LOCKED})
  WHERE logs.success IS NOT TRUE AND NOT logs.nothing_done ORDER BY logs.version`;
}

function runQuery({ schema, database }: HistoryName): string {
  const s = quoteIdentifier(schema);
  return `SELECT pg_catalog.to_json(d.run_started_at) #>> '{}' AS started_at, b.*,
    (SELECT pg_catalog.string_agg(
        pg_catalog.format('%s %s', version, pg_catalog.pg_xact_status(xid)), ',' ORDER BY id)
      FROM ${s}.migration_logs AS logs WHERE logs.database = d.name AND logs.fence = d.fence
        AND logs.xid IS NOT NULL) AS committed
  FROM ${s}.databases AS d
  LEFT JOIN (${BACKENDS}) AS b ON b.xact_start IS NOT NULL
    AND b.application_name = pg_catalog.left('migrator ' || d.name, 63)
  WHERE d.name = ${quoteLiteral(database)} AND d.fence <> d.durable_fence AND NOT ${IS_LOCKED}`;
}

function toBackend(row: Row): Backend | undefined {
  if (!row["backend"]) return undefined;
  return {
    pid: row["backend"],
    since: row["backend_since"] ?? "unknown",
    state: row["backend_state"] ?? "unknown",
    progress: row["progress"] ?? undefined,
  };
}

function toAttempt(row: Row): IncompleteAttempt {
  return {
    id: row["id"]!,
    version: BigInt(row["version"]!),
    name: row["name"] ?? "",
    direction: row["direction"] as Direction,
    startedAt: row["started_at"]!,
    finishedAt: row["finished_at"] ?? undefined,
    statementsDone: Number(row["statements_done"]),
    error: toStoredError(row["error"]),
    checksum: row["checksum"] ?? "",
    who: row["who"] ?? "",
    host: row["host"] ?? "",
    backend: toBackend(row),
  };
}

function toRun([row]: readonly Row[]): IncompleteRun | undefined {
  if (row === undefined) return undefined;
  const committed = (row["committed"] ?? "").split(",").filter(Boolean).map((one) => {
    const [version, transaction = ""] = one.split(" ");
    return { version: BigInt(version!), transaction };
  });
  return { startedAt: row["started_at"]!, committed, backend: toBackend(row) };
}
