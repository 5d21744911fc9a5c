/**
 * The first thing a runner does with the lock: it makes sure of our tables, and raises the fence.
 *
 * The runner before it may have died in the middle of a transaction that the server still works on,
 * or been stopped with one open. That transaction holds the fence down, and may yet commit. So it is
 * waited for; one that nobody works on any more is ended by the server (`IDLE_LIMIT`).
 *
 * @module
 */

import type { LockHolder } from "../../connection/lock/advisory_lock.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { type Row, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { refuseIncomplete } from "../../history/incomplete.ts";
import { historyExists } from "../../history/installed.ts";
import { notWritable } from "../../history/not_writable.ts";
import { assertWhole } from "../../history/schema.ts";
import type { History } from "../../history/history.ts";
import { historyQuery, toHistory } from "../../history/read_history.ts";
import { assertTrusted, untrustedFailure } from "../../history/trust.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { incrementFence } from "../context/fence.ts";
import { install } from "./install.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import type { ConnectRetry } from "./acquire_lock.ts";
import type { RunContext } from "../context/run_context.ts";

/** Milliseconds between two looks at who holds the fence down. */
const LOOK = 1_000;

/** Undefined table, schema and column: never installed, or by an older program. */
const INCOMPLETE = new Set(["42P01", "3F000", "42703"]);

/**
 * Installs our tables where they are missing, raises the fence, and reads the state behind it.
 *
 * @param context Its fence is not known yet.
 * @throws {Failure} `history/untrusted`; `history/incomplete`; `history/not-writable`; `lock/held` when an earlier runner's transaction did not
 * end in time.
 */
export async function acquireFence(
  context: RunContext,
  { key, connectRetry }: { readonly key: bigint; readonly connectRetry: ConnectRetry },
): Promise<{ readonly fence: bigint; readonly found: History }> {
  const { work, history, runner } = context;
  const raise = [
    assertTrusted(history, "write"),
    assertWhole(history),
    incrementFence(history, { lockKey: key, toolVersion: runner.toolVersion }),
  ];
  let installed = false;
  for (;;) {
    try {
      if (!installed && !await historyExists(work, history)) {
        // The schema may be there, and somebody else's.
        await runInternalTransaction(work, [assertTrusted(history, "write")]);
        await install(context);
        installed = true;
      }
      const [raised] = await raisePatiently(context, { raise, connectRetry });
      const fence = raised?.["fence"];
      if (!fence) throw new Error("the fence was raised to nothing");
      const rows = await catalogRead(work, historyQuery(history));
      // Until this run is finished, what it commits is not known to be on disk.
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

async function raisePatiently(
  context: RunContext,
  { raise, connectRetry }: {
    readonly raise: readonly string[];
    readonly connectRetry: ConnectRetry;
  },
): Promise<readonly Row[]> {
  const { work, lock, clock } = context;
  const raising = runInternalTransaction(work, ["SET LOCAL lock_timeout = 0", ...raise]);
  if (lock.session === undefined) return await raising;
  const over = new AbortController();
  let late: Failure | undefined;
  const watch = async () => {
    while (late === undefined) {
      await clock.sleep(LOOK, over.signal);
      const blocker = await lookAtBlocker(context);
      if (blocker === undefined || clock.elapsed() < connectRetry.deadline) continue;
      late = heldDown(context, blocker);
      await work.cancel();
    }
  };
  // Looking is best effort: it ends with the lock's connection, and so does the run.
  watch().catch(() => {});
  try {
    return await raising;
  } catch (error) {
    throw late ?? error;
  } finally {
    over.abort();
  }
}

/** Who holds the fence down. */
async function lookAtBlocker(
  { lock, work, history, report, clock }: RunContext,
): Promise<LockHolder | undefined> {
  // Behind a pooler our backend is not known: it queues for the row of the fence.
  const waiting = work.server.pooling === "none"
    ? `SELECT ${work.server.pid} AS pid`
    : "SELECT pid FROM pg_catalog.pg_locks WHERE locktype = 'tuple' AND relation = " +
      `pg_catalog.to_regclass(${quoteLiteral(`${quoteIdentifier(history.schema)}.databases`)})`;
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

function heldDown({ history: { database } }: RunContext, holder: LockHolder): Failure {
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
