/**
 * Checks or creates migrator's tables and raises the fence. A runner does this first after it has the
 * lock.
 *
 * The previous runner may have crashed or been suspended with an open transaction. That transaction
 * locks the fence's row and may still commit, so this runner waits for it. The server ends the
 * transaction if it is idle (`IDLE_LIMIT` in begin_transaction.ts).
 *
 * @module
 */

import type { LockHolder } from "../../connection/lock/advisory_lock.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { type Row, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { refuseIncomplete } from "../../history/incomplete.ts";
import { historyExists } from "../../history/installed.ts";
import { assertWritable } from "../../history/lacking_rights.ts";
import { notWritable } from "../../history/not_writable.ts";
import { assertWhole } from "../../history/schema.ts";
import type { History } from "../../history/history.ts";
import { historyQuery, toHistory } from "../../history/read_history.ts";
import { assertTrusted, untrustedFailure } from "../../history/trust.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { incrementFence } from "../context/fence.ts";
import { install } from "./install.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import type { ConnectRetry } from "./acquire_lock.ts";
import type { RunContext } from "../context/run_context.ts";

/** Milliseconds between two checks of the session that locks the fence. */
const CHECK_EVERY = 1_000;

/** Undefined table, schema and column: not installed, or installed by an older version. */
const INCOMPLETE = new Set(["42P01", "3F000", "42703"]);

/**
 * Installs missing tables, raises the fence, and then reads the history.
 *
 * @param context Its `fence` is not set yet.
 * @returns The new fence, and the history, never `durable`: this run's commits are not on disk until it
 * is finished.
 * @throws {Failure} `history/untrusted`; `history/incomplete`; `history/not-writable`; `lock/held` when
 * an earlier runner's transaction does not end in time.
 */
export async function acquireFence(
  context: RunContext,
  { key, connectRetry }: { readonly key: bigint; readonly connectRetry: ConnectRetry },
): Promise<{ readonly fence: bigint; readonly found: History }> {
  const { work, history, runner } = context;
  const statements = [
    assertTrusted(history, "write"),
    assertWhole(history),
    assertWritable(history),
    incrementFence(history, { lockKey: key, toolVersion: runner.toolVersion }),
  ];
  let installed = false;
  for (;;) {
    try {
      if (!installed && !await historyExists(work, history)) {
        // Another role may own a schema of that name.
        await runInternalTransaction(work, [assertTrusted(history, "write")]);
        await install(context);
        installed = true;
      }
      const [raised] = await raiseFence(context, { statements, connectRetry });
      const fence = raised?.["fence"];
      if (!fence) throw new Error("the fence was raised to nothing");
      const rows = await catalogRead(work, historyQuery(history));
      // Until this run is finished, its commits may not be on disk.
      return { fence: BigInt(fence), found: { ...toHistory(rows), durable: false } };
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const refusal = await untrustedFailure(error, {
        session: work,
        name: history,
        touch: "write",
      });
      if (refusal !== error) throw refusal;
      if (installed || !INCOMPLETE.has(error.server.sqlstate)) {
        await refuseIncomplete(work, history);
        throw await notWritable(error.server, { session: work, name: history });
      }
      await install(context);
      installed = true;
    }
  }
}

async function raiseFence(
  context: RunContext,
  { statements, connectRetry }: {
    readonly statements: readonly string[];
    readonly connectRetry: ConnectRetry;
  },
): Promise<readonly Row[]> {
  const { work, lock, clock } = context;
  const raising = runInternalTransaction(work, ["SET LOCAL lock_timeout = 0", ...statements]);
  if (lock.session === undefined) return await raising;
  const stop = new AbortController();
  let failure: Failure | undefined;
  let cancellation: Promise<unknown> | undefined;
  const watch = async () => {
    while (failure === undefined) {
      await clock.sleep(CHECK_EVERY, stop.signal);
      const blocker = await findBlocker(context);
      if (stop.signal.aborted) return;
      if (blocker === undefined || clock.elapsed() < connectRetry.deadline) continue;
      failure = fenceHeld(context, blocker);
      cancellation = work.cancel();
      await cancellation;
    }
  };
  // Best effort: the watch fails only when the lock's connection is lost, and that ends the run.
  watch().catch(() => {});
  try {
    return await raising;
  } catch (error) {
    throw failure ?? error;
  } finally {
    stop.abort();
    // Otherwise a late cancellation would hit the next query of this session.
    await cancellation?.catch(() => {});
  }
}

/** Finds the session that locks the fence, and reports that this run waits for it. */
async function findBlocker(
  { lock, work, history, report, clock }: RunContext,
): Promise<LockHolder | undefined> {
  // Behind a pooler the work session's backend is unknown; it is found as the one that waits for the row.
  const databases = quoteLiteral(`${quoteIdentifier(history.schema)}.databases`);
  const waiting = work.server.pooling === "none" ? `SELECT ${work.server.pid} AS pid` : `SELECT pid
      FROM pg_catalog.pg_locks
      WHERE locktype = 'tuple' AND relation = pg_catalog.to_regclass(${databases})`;
  const [row] = await lock.look(
    `SELECT pid, application_name AS application, usename AS role,
      coalesce(pg_catalog.host(client_addr), 'local socket') AS host,
      pg_catalog.to_json(xact_start) #>> '{}' AS since,
      wait_event IS NOT DISTINCT FROM 'SyncRep' AS awaits_standby
    FROM pg_catalog.pg_stat_activity
    WHERE pid = ANY (SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(waiting.pid))
      FROM (${waiting}) AS waiting)`,
  );
  if (row === undefined) return undefined;
  const holder = {
    pid: row["pid"] ?? "?",
    application: row["application"] ?? "unknown",
    role: row["role"] ?? "unknown",
    host: row["host"] ?? "unknown",
    since: row["since"] ?? "unknown",
    awaits: row["awaits_standby"] === "t" ? "standby" as const : null,
  };
  const seconds = Math.round((clock.now() - Date.parse(holder.since)) / 1_000) || 0;
  report({ type: "waiting", database: history.database, holder, seconds });
  return holder;
}

function fenceHeld({ history: { database } }: RunContext, holder: LockHolder): Failure {
  return new Failure(
    "lock/held",
    `Cannot migrate database "${database}": an earlier runner has lost the lock, but its ` +
      `transaction goes on: ${holder.application} (pid ${holder.pid}, role ${holder.role}, from ` +
      `${holder.host}, since ${holder.since}).`,
    {
      hint: "Wait for it to end, or wait longer with --lock-wait. To end it: " +
        `SELECT pg_terminate_backend(${holder.pid})`,
      facts: { database, holder },
    },
  );
}
