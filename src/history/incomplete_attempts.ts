/**
 * Reads attempts that did not finish, and the backends that still run them.
 *
 * @module
 */

import type { Row, Session } from "../connection/session/session.ts";
import type { Direction } from "../definition/migration/definition.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { fromStorable } from "../sql/storable.ts";
import { type StoredError, toStoredError } from "./history.ts";
import { unlessMissing } from "./read_history.ts";
import type { HistoryName } from "./history_name.ts";
import { readTrusted } from "./trust.ts";

/** A backend that still runs a statement of a runner, even if the runner itself has gone. */
export interface Backend {
  readonly pid: string;
  /** When its statement or transaction began, ISO 8601. */
  readonly since: string;
  /** Its `state` in pg_stat_activity. */
  readonly state: string;
  /** Phase and share of a concurrent build, such as `building index, 40 %`. */
  readonly progress: string | undefined;
}

/** The attempt that makes a version dirty. */
export interface IncompleteAttempt {
  readonly id: string;
  readonly version: bigint;
  readonly name: string;
  readonly direction: Direction;
  readonly startedAt: string;
  /** Undefined for an interrupted or running attempt. */
  readonly finishedAt: string | undefined;
  /** The number of statements known to be committed. */
  readonly statementsDone: number;
  readonly error: StoredError | undefined;
  /** Token checksum of the script that ran. */
  readonly checksum: string;
  readonly who: string;
  readonly host: string;
  /** Undefined when no backend runs it any more. */
  readonly backend: Backend | undefined;
}

/** The state that the newest run left, if it did not end. */
export interface IncompleteRun {
  readonly startedAt: string;
  /** Migrations that it committed, in order, with the status of their transactions. */
  readonly committed: readonly { readonly version: bigint; readonly transaction: string }[];
  /** A transaction of the run that is still open. */
  readonly backend: Backend | undefined;
}

/** All unfinished work in one database's history. */
export interface IncompleteWork {
  readonly attempts: readonly IncompleteAttempt[];
  /** Undefined when the newest run was finished, or still holds the lock. */
  readonly run: IncompleteRun | undefined;
}

/** Other backends of this database; columns that the server hides from the role are null. */
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
 * Reads the unfinished work; none if migrator's tables do not exist.
 *
 * @param options.holdsLock The caller holds the migration lock, so every other run has ended.
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
    const missing = { attempts: [], run: undefined };
    return await unlessMissing(error, { missing, session, name });
  }
}

/** Whether any session holds the lock of `d`. */
const IS_LOCKED = `EXISTS (SELECT FROM pg_catalog.pg_locks AS held
  WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
    AND held.database = (
      SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND held.classid::bigint << 32 | held.objid::bigint = d.lock_key)`;

/**
 * An idle backend counts only while its runner holds the lock and may be between two statements: a
 * pooler keeps the backend after its client has gone. A backend younger than the attempt only reuses
 * its pid.
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
    name: fromStorable(row["name"] ?? ""),
    direction: row["direction"] as Direction,
    startedAt: row["started_at"]!,
    finishedAt: row["finished_at"] ?? undefined,
    statementsDone: Number(row["statements_done"]),
    error: toStoredError(row["error"]),
    checksum: row["checksum"] ?? "",
    who: fromStorable(row["who"] ?? ""),
    host: fromStorable(row["host"] ?? ""),
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
