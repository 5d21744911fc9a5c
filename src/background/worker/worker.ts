/**
 * One worker: it claims a batch, runs it, and claims the next one. It reconnects when it loses its
 * connection.
 *
 * @module
 */

import { isTransientFailure } from "../../connection/session/transient_failure.ts";
import { representableValue } from "../../history/representable.ts";
import { type Connector, type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { claim } from "./claim.ts";
import type { ClaimScope } from "./candidate_migrations.ts";
import type { WorkerContext } from "./worker_context.ts";
import { STOP_LIMIT, withShutdownLimit } from "./graceful_shutdown.ts";
import { HEARTBEAT_DUE } from "../state/heartbeat.ts";
import { inTransaction } from "../state/background_transaction.ts";
import { errorClassOf } from "../state/error_class.ts";
import { type BatchEnd, runBatch } from "./run_batch.ts";
import { backoff, MAX_BATCH_SIZE, nextBatchSize } from "./batch_optimizer.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { endsSegment } from "./sub_batch.ts";
import { type Job, tablesOf } from "../state/rows.ts";
import { logEvent, logTransition } from "../state/transition.ts";
import { standby } from "../state/standby.ts";
import { refuseUntrusted } from "../state/trust.ts";

/** When a worker stops without a signal. */
export type StopCondition =
  /** After one batch, or at once if there is none. */
  | "once"
  /** When no migration is unfinished. */
  | "done"
  /** Never. */
  | "forever";

/** A worker, before it has a session. */
export interface WorkerOptions
  extends Omit<WorkerContext, "session" | "throttle" | "slowed" | "unread"> {
  readonly connector: Connector;
  /** Called with the worker's session before each sub-batch. */
  readonly throttle: (
    session: Session,
    migration: Job["migration"],
    waited: number,
  ) => ReturnType<WorkerContext["throttle"]>;
  readonly scope?: ClaimScope;
  readonly until: StopCondition;
}

/** The result of a worker. */
export interface WorkerEnd {
  readonly batches: number;
  /** Migrations that were unfinished when the worker stopped. */
  readonly unfinished: number;
}

/**
 * Milliseconds between two polls: while a migration is unfinished, and while none is. A migration
 * that is resumed waits for the second.
 */
const POLL = 500;
const IDLE_POLL = 2_000;

/** The most consecutive connection failures, unless the worker runs forever. */
const MOST_RECONNECTIONS = 20;

/**
 * Runs until the stop condition holds or the signal is aborted. On abort it finishes the current
 * sub-batch, gives the batch back and returns.
 *
 * @throws {Failure} `connection/*` when the server stays unreachable; `background/*`, `history/*`.
 */
export async function runWorker(options: WorkerOptions): Promise<WorkerEnd> {
  const { connector, signal, clock, report, name, worker, until } = options;
  const unable = options.scope?.unable ?? new Set<string>();
  const state: State = {
    batches: 0,
    unfinished: 0,
    lost: undefined,
    failures: 0,
    unable,
    slowed: new Set(),
    unread: new Set(),
  };
  while (!signal.aborted) {
    let session: Session | undefined;
    options.heartbeat?.beat(worker, HEARTBEAT_DUE);
    try {
      session = await connector.open({
        applicationName: `migrator background ${name.database}`,
        signal,
        stopLimit: STOP_LIMIT,
      });
      await prepare(session, options);
      await workWith(session, options, state);
      return state;
    } catch (error) {
      if (signal.aborted) break;
      if (!isTransient(error)) throw error;
      // A failure of the first connection is a mistake (a wrong port, a standby), not a failover.
      const isFirst = state.failures === 0 && state.batches === 0;
      if (until !== "forever" && isFirst && !isLost(error)) throw error;
      state.failures++;
      if (until !== "forever" && state.failures > MOST_RECONNECTIONS) throw error;
      const inMs = backoff(state.failures, clock.random());
      const reason = (error as Error).message;
      report({ type: "reconnecting", database: name.database, worker, reason, inMs });
      await clock.sleep(inMs, signal).catch(() => {});
    } finally {
      await session?.close();
    }
  }
  return state;
}

interface State {
  batches: number;
  unfinished: number;
  /** The batch that was running when the connection was lost. */
  lost: Job | undefined;
  /** Ids of migrations that this program cannot run. */
  readonly unable: Set<string>;
  /** Ids of migrations that were reported as slowed. */
  readonly slowed: Set<string>;
  /** Ids of migrations whose own indicator was reported as unreadable. */
  readonly unread: Set<string>;
  /** Consecutive connection failures without a successful claim query in between. */
  failures: number;
}

/** Checks the tables: workers run the SQL in them with their own privileges. */
async function prepare(session: Session, { connector, name }: WorkerOptions): Promise<void> {
  if (session.server.standby) throw standby(connector, name);
  await refuseUntrusted(session, name);
  await disableIdleTimeout(session);
}

/**
 * Turns off `idle_session_timeout`: between two polls the session may idle for longer. A pooler's
 * session keeps its setting, because another client may get it next.
 */
async function disableIdleTimeout(session: Session): Promise<void> {
  const { pooling, embedded, version } = session.server;
  if (pooling !== "none" || embedded || version < 140000) return;
  await session.query("SET idle_session_timeout = 0");
}

async function workWith(session: Session, options: WorkerOptions, state: State): Promise<void> {
  const { clock, signal, until, scope, workOf } = options;
  const context: WorkerContext = {
    ...options,
    ...await representableValue(session, { who: options.who, worker: options.worker }),
    session,
    slowed: state.slowed,
    unread: state.unread,
    throttle: (migration, waited) => options.throttle(session, migration, waited),
  };
  if (state.lost) await takeBack(context, state.lost);
  state.lost = undefined;
  const known = { ...scope, unable: state.unable };
  while (!signal.aborted) {
    options.heartbeat?.beat(options.worker, HEARTBEAT_DUE);
    const claimed = await withShutdownLimit(context, () => claim(context, known));
    // The server answers. A batch that crashes the connection each time is failed by failStuckJobs.
    state.failures = 0;
    if (claimed.kind === "again") continue;
    if (claimed.kind === "nothing") {
      state.unfinished = claimed.unfinished;
      if (until === "once" || until === "done" && claimed.unfinished === 0) return;
      const wait = claimed.unfinished > 0 ? POLL : IDLE_POLL;
      await clock.sleep(wait * (0.5 + clock.random()), signal).catch(() => {});
      continue;
    }
    const { job } = claimed;
    const work = workOf(job.migration)!;
    state.lost = job;
    const began = clock.elapsed();
    const end = await runBatch(context, job, work).finally(() => work.end?.());
    state.lost = undefined;
    if (end.kind === "succeeded" || end.kind === "failed") state.batches++;
    await resize(context, job, { end, milliseconds: clock.elapsed() - began });
    if (until === "once") return;
  }
}

/**
 * Gives back the batch that was running when the connection was lost, so that no worker waits for
 * its lease to expire. While the old backend still holds the row lock, nothing is changed and the
 * lease expires by itself.
 */
async function takeBack({ session, name, worker }: WorkerContext, job: Job): Promise<void> {
  const { jobs } = tablesOf(name);
  await inTransaction(session, [
    `WITH mine AS (
      SELECT id
      FROM ${jobs}
      WHERE id = ${job.id}
        AND lease_token = ${job.token}
        AND status = ${JOB_STATUS.running}
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    changed AS (
      UPDATE ${jobs} AS j
      SET status = ${JOB_STATUS.pending}, lease_expires_at = NULL, updated_at = clock_timestamp()
      FROM mine
      WHERE j.id = mine.id
      RETURNING j.id
    )
    ${logTransition(name, { job: "changed.id", from: "running", to: "pending", worker })}, changed`,
  ]);
}

/** The smallest factor of a batch size change that is logged as an event. */
const NOTABLE = 1.25;

/** Sets the sizes of the next batches from the measured time. */
async function resize(
  { name, session, who, report }: WorkerContext,
  job: Job,
  { end, milliseconds }: { readonly end: BatchEnd; readonly milliseconds: number },
): Promise<void> {
  if (end.kind !== "succeeded") return;
  const { migration } = job;
  const { batchSize, interval, maxBatchSize } = migration;
  // A batch of another size, such as a single row that is retried, is no measurement.
  if (job.batchSize !== batchSize) return;
  // Neither is a batch that another worker had started, or that the end of the table cut short.
  const isWhole = job.cursor === undefined && !endsSegment(job);
  const next = isWhole
    ? nextBatchSize({ size: batchSize, seconds: milliseconds / 1_000 }, {
      interval,
      max: maxBatchSize ?? MAX_BATCH_SIZE,
    })
    : batchSize;
  const subBatchSize = Math.min(end.subBatchSize, next);
  if (next === batchSize && subBatchSize === migration.subBatchSize) return;
  const isNotable = Math.max(next / batchSize, batchSize / next) >= NOTABLE;
  const seconds = (milliseconds / 1_000).toFixed(1);
  const reason = `a batch of ${batchSize} took ${seconds} s`;
  await inTransaction(session, [
    // The WHERE skips the update if a user or another worker has changed the size since. The limits
    // that users set still hold.
    `UPDATE ${tablesOf(name).migrations}
    SET batch_size = LEAST(${next}, max_batch_size),
      sub_batch_size = LEAST(${subBatchSize}, max_sub_batch_size, ${next}),
      updated_at = clock_timestamp()
    WHERE id = ${migration.id} AND batch_size = ${batchSize}`,
    ...(isNotable
      ? [logEvent(name, {
        migration: "m.id",
        of: `FROM ${tablesOf(name).migrations} AS m WHERE m.id = ${migration.id}`,
        event: "resize",
        who,
        reason,
        details: { batchSize: next, subBatchSize },
      })]
      : []),
  ]);
  if (!isNotable) return;
  report({
    type: "resized",
    database: name.database,
    id: migration.id,
    name: migration.declaration.name,
    batchSize: next,
    subBatchSize,
    reason,
  });
}

/** Whether the server was reached, so that it is no mistake in the settings. */
function isLost(error: unknown): boolean {
  return error instanceof SqlError || error instanceof Failure && error.code === "connection/lost";
}

/** Whether a new connection or a later attempt may succeed. A wrong password is not transient. */
function isTransient(error: unknown): boolean {
  if (error instanceof SqlError) return errorClassOf(error.server.sqlstate) !== "programmer";
  // During a failover the address may lead to a server that is still a standby.
  return error instanceof Failure &&
    (isTransientFailure(error) || error.code === "connection/read-only");
}
