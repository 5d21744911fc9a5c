/**
 * Finalizes a batched migration: checks that it is finished and that no rows remain, so that a
 * schema migration may drop the old column.
 *
 * @module
 */

import type { Connector, Session } from "../../connection/session/session.ts";
import { SqlError } from "../../connection/session/session.ts";
import { watchStatement } from "../../connection/session/watched_statement.ts";
import { Failure } from "../../failure.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import { hasRemaining } from "../worker/complete_scan.ts";
import { inTransaction, transaction } from "../state/background_transaction.ts";
import {
  type ProgressSnapshot,
  readProgressSnapshots,
  type SnapshotSelection,
} from "../status/progress_snapshot.ts";
import { MIGRATION_STATUS } from "../state/state_machine.ts";
import {
  type BackgroundTables,
  type BatchedDirection,
  MIGRATION_COLUMNS,
  type StoredMigration,
  tablesOf,
  toMigration,
} from "../state/rows.ts";
import { moveMigration, retryAll } from "../state/transition.ts";
import { restoreState } from "./restore_state.ts";
import {
  cannotFinalizeHere,
  failed,
  quarantined,
  remaining,
  undone,
  unfinished,
} from "../status/unfinished.ts";
import { standby } from "../state/standby.ts";
import { runWorker, type WorkerOptions } from "../worker/worker.ts";

/** What to do if it is unfinished. */
export type FinalizeMode =
  /** Fail at once. */
  | "check"
  /** Wait for running workers. */
  | "wait"
  /** Run the rest in this process. */
  | "run";

export interface FinalizeOptions extends Omit<WorkerOptions, "until" | "scope" | "signal"> {
  readonly connector: Connector;
  readonly which: SnapshotSelection & { readonly name: string };
  readonly mode: FinalizeMode;
  /** Why a user asked for it; recorded with the event. */
  readonly reason?: string;
  /** Milliseconds; undefined for no limit. */
  readonly deadline: number | undefined;
  /** The number of workers in this process, for `run`. */
  readonly workers: number;
  /** The required direction; undefined for either. */
  readonly direction?: BatchedDirection;
  readonly signal: AbortSignal;
  /** Called at intervals with the progress. */
  readonly onProgress?: (snapshot: ProgressSnapshot) => void;
}

/** Milliseconds between two polls. */
const POLL = 500;

/** The most additional scans while `remaining` or the constraint finds rows. */
const MOST_REOPENINGS = 3;

/**
 * Returns when the migration is finalized: finished, and checked with `remaining` and the
 * constraint.
 *
 * On failure its state is restored, so that no user has to clean it up.
 *
 * @throws {Failure} `background/unknown`, `background/unfinished`, `background/failed`,
 * `background/taken-back`,
 * `background/not-here`,
 * `background/quarantined`, `background/remaining`, `background/constraint`, `interrupted/*`.
 */
export async function finalize(options: FinalizeOptions): Promise<ProgressSnapshot> {
  const { connector, name, mode, signal } = options;
  const session = await connector.open({
    applicationName: "migrator background finalize",
    signal,
    // It validates constraints and reads whole tables.
    answerLimit: Infinity,
  });
  try {
    if (mode !== "check" && session.server.standby) throw standby(connector, name);
    for (let reopened = 0;; reopened++) {
      const snapshot = await finish(options, session);
      if (snapshot.status === "finalized") return snapshot;
      if (await verify(options, { session, snapshot, isLastTry: reopened >= MOST_REOPENINGS })) {
        return await find(session, name, options.which);
      }
    }
  } finally {
    await session.close();
  }
}

/** Reads the newest generation. */
async function find(
  session: Session,
  name: BackgroundTables,
  which: FinalizeOptions["which"],
): Promise<ProgressSnapshot> {
  const newest = (await readProgressSnapshots(session, name, which)).at(-1);
  if (newest !== undefined) return newest;
  throw new Failure(
    "background/unknown",
    `No batched migration ${which.name}${argumentsOf(which.arguments)} was ever queued in ` +
      `database "${name.database}".`,
    { hint: `See: migrator background list --db ${name.database}`, facts: { name: which.name } },
  );
}

function argumentsOf(given: SnapshotSelection["arguments"]): string {
  return given && Object.keys(given).length > 0 ? ` with arguments ${JSON.stringify(given)}` : "";
}

/** Waits for the migration's end, or runs it to its end. */
async function finish(options: FinalizeOptions, session: Session): Promise<ProgressSnapshot> {
  const { name, which, mode, clock, who, signal } = options;
  const first = await find(session, name, which);
  if (options.direction !== undefined && first.direction !== options.direction) {
    throw undone(first, name);
  }
  if (isOver(first)) return first;
  if (mode === "check" || first.status === "paused") throw unfinished(first, name);
  const before = MIGRATION_STATUS[first.status];
  await inTransaction(session, [
    ...(first.status === "failed" ? [retryAll(name, first.id)] : []),
    moveMigration(name, {
      migration: first.id,
      event: "finalize",
      who,
      reason: options.reason ?? `by ${mode}`,
    }),
  ]);
  const { id } = first;
  options.report({
    type: "migration-transition",
    database: name.database,
    id,
    name: first.name,
    event: "finalize",
    newState: "finalizing",
    reason: mode === "wait" ? "this waits for its workers" : "the rest is done here",
  });
  const stop = new AbortController();
  const forward = () => stop.abort(signal.reason);
  if (signal.aborted) forward();
  else signal.addEventListener("abort", forward, { once: true });
  // An empty table is finished at once: wake the poll early.
  let wake = () => {};
  let passedOver: string | undefined;
  const unable = new Set<string>();
  const report: FinalizeOptions["report"] = (event) => {
    options.report(event);
    if (event.type === "passed-over" && event.id === first.id) passedOver = event.reason;
    else if (event.type !== "migration-transition") return;
    wake();
  };
  const began = clock.elapsed();
  const workers = mode === "wait" ? [] : Array.from(
    { length: options.workers },
    (_, number) =>
      runWorker({
        ...options,
        report,
        worker: `${options.worker}:${number + 1}`,
        until: "forever",
        scope: { migrations: [first.id], unable },
        signal: stop.signal,
      }),
  );
  const working = Promise.all(workers);
  working.catch(() => {});
  try {
    for (;;) {
      const snapshot = await find(session, name, { ...which, id: first.id });
      options.onProgress?.(snapshot);
      if (isOver(snapshot)) return snapshot;
      if (snapshot.status === "failed") throw failed(snapshot, name);
      if (snapshot.status !== "finalizing") throw unfinished(snapshot, name);
      signal.throwIfAborted();
      if (passedOver !== undefined) {
        throw cannotFinalizeHere(snapshot, { name, reason: passedOver });
      }
      if (options.deadline !== undefined && clock.elapsed() - began > options.deadline) {
        throw unfinished(snapshot, name);
      }
      const woken = new Promise<void>((resolve) => wake = resolve);
      const wait = Promise.race([clock.sleep(POLL, signal).catch(() => {}), woken]);
      await (workers.length > 0 ? Promise.race([wait, failureOf(working)]) : wait);
    }
  } catch (error) {
    stop.abort();
    await working.catch(() => {});
    await restoreState(options, { session, first, before });
    throw error;
  } finally {
    stop.abort();
    await working.catch(() => {});
    signal.removeEventListener("abort", forward);
  }
}

/** Rejects when a worker throws; otherwise never settles. */
async function failureOf(working: Promise<unknown>): Promise<void> {
  await working;
  await new Promise<never>(() => {});
}

function isOver({ status }: ProgressSnapshot): boolean {
  return status === "finished" || status === "finalized";
}

/** Checks the data. False if rows remain; another scan was started then. */
async function verify(
  options: FinalizeOptions,
  { session, snapshot, isLastTry }: {
    readonly session: Session;
    readonly snapshot: ProgressSnapshot;
    readonly isLastTry: boolean;
  },
): Promise<boolean> {
  const { name, who } = options;
  const { migrations } = tablesOf(name);
  const found = await session.query(
    `SELECT ${MIGRATION_COLUMNS} FROM ${migrations} AS m WHERE m.id = ${snapshot.id}`,
  );
  const migration = toMigration(found.rows[0]!);
  if (snapshot.quarantined > 0) throw quarantined(snapshot, name);
  const isLeft = await transaction(
    session,
    () => watchStatement({ ...options, session }, () => hasRemaining(session, migration)),
  );
  if (isLeft) {
    // Another scan would be refused the same rows.
    if (isLastTry || options.mode === "check" || snapshot.dropped > 0) {
      throw remaining(snapshot, name);
    }
    await inTransaction(session, [
      moveMigration(name, {
        migration: snapshot.id,
        event: "reopen",
        who,
        reason: "`remaining` finds rows that no batch has moved",
        also: [
          "sweep = sweep + 1",
          "segment = 0",
          "position = NULL",
          "walk = NULL",
          "barrier = NULL",
        ],
      }),
    ]);
    return false;
  }
  await validate({ ...options, session }, migration);
  await inTransaction(session, [
    moveMigration(name, {
      migration: snapshot.id,
      event: "confirm",
      who,
      reason: options.reason,
      also: ["verified_at = clock_timestamp()"],
    }),
  ]);
  return true;
}

/** VALIDATE CONSTRAINT reads the whole table and allows concurrent writes. */
async function validate(
  options: Pick<FinalizeOptions, "name" | "connector" | "clock"> & { readonly session: Session },
  { declaration, direction, scanPlan }: StoredMigration,
): Promise<void> {
  const { session, name: { database } } = options;
  const { constraint, name, table, lockTimeout } = declaration;
  if (constraint === undefined || direction === "down" || scanPlan === undefined) return;
  const relation = qualified(table);
  try {
    await transaction(session, async () => {
      await session.query(
        `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = ${lockTimeout}`,
      );
      const statement = `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${
        quoteIdentifier(constraint)
      }`;
      await watchStatement(options, () => session.query(statement));
    });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { message, sqlstate } = error.server;
    throw new Failure(
      "background/constraint",
      `Batched migration ${name} of "${database}" is finished, but its constraint ${constraint} ` +
        `could not be validated: ${message} (SQLSTATE ${sqlstate}).`,
      {
        hint: sqlstate === "23514"
          ? `Find the rows, then: migrator background requeue ${name} --db ${database}`
          : `Run the same again: migrator background finalize ${name} --db ${database}`,
        facts: { name, constraint, sqlstate },
      },
    );
  }
}

function qualified(table: string): string {
  return table.includes(".") || table.includes('"') ? table : `public.${quoteIdentifier(table)}`;
}
