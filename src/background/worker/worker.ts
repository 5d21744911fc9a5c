/**
 * One worker: it claims a batch, works on it and claims the next one; and it survives the loss of
 * its connection.
 *
 * @module
 */

import { type Connector, type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { claim } from "./claim.ts";
import type { ClaimScope } from "./claim_candidates.ts";
import type { WorkerContext } from "./worker_context.ts";
import { withShutdownLimit } from "./graceful_shutdown.ts";
import { HEARTBEAT_DUE } from "../state/heartbeat.ts";
import { inTransaction } from "../state/own_transaction.ts";
import { errorClassOf } from "../state/error_class.ts";
import { type BatchEnd, runBatch } from "./run_batch.ts";
import { backoff, MAX_BATCH_SIZE, nextBatchSize } from "./batch_optimizer.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { endsSegment } from "./sub_batch.ts";
import { type Job, tablesOf } from "../state/rows.ts";
import { logEvent, logTransition } from "../state/transition.ts";
import { refuseUntrusted } from "../state/trust.ts";

/** When a worker ends by itself. */
export type StopCondition =
  /** After one batch, or at once when there is none. */
  | "once"
  /** When no migration is left that could be worked on. */
  | "done"
  /** Never. */
  | "forever";

/** A worker, before it has a session. */
export interface WorkerOptions extends Omit<WorkerContext, "session" | "throttle" | "slowed"> {
  readonly connector: Connector;
  /** Asked with the worker's own session. */
  readonly throttle: (
    session: Session,
    migration: Job["migration"],
    waited: number,
  ) => ReturnType<WorkerContext["throttle"]>;
  readonly scope?: ClaimScope;
  readonly until: StopCondition;
}

/** What a worker has done. */
export interface WorkerEnd {
  readonly batches: number;
  /** Migrations that were not over when it ended. */
  readonly unfinished: number;
}

/** Milliseconds between two looks while something is unfinished, and while nothing is queued. */
const POLL = 500;
const IDLE_POLL = 5_000;

/** How often in a row a connection may be refused or lost, for a worker that is to end some time. */
const MOST_RECONNECTIONS = 20;

/**
 * Works until there is nothing left, or the signal is aborted: then the sub-batch that runs is
 * finished, the batch is given back, and it returns.
 *
 * @throws {Failure} `connection/*` when the server stays away; `background/*`, `history/*`.
 */
export async function runWorker(options: WorkerOptions): Promise<WorkerEnd> {
  const { signal, clock, report, name, worker, until } = options;
  const unable = options.scope?.unable ?? new Set<string>();
  const state: State = {
    batches: 0,
    unfinished: 0,
    lost: undefined,
    troubles: 0,
    unable,
    slowed: new Set(),
  };
  while (!signal.aborted) {
    let session: Session | undefined;
    options.heartbeat?.beat(worker, HEARTBEAT_DUE);
    try {
      session = await open(options);
      await workWith(session, options, state);
      return state;
    } catch (error) {
      if (signal.aborted) break;
      if (!isTransient(error)) throw error;
      // From the beginning it is a slip (a wrong port, a standby), not a failover.
      const isFirst = state.troubles === 0 && state.batches === 0;
      if (until !== "forever" && isFirst && session === undefined) throw error;
      state.troubles++;
      if (until !== "forever" && state.troubles > MOST_RECONNECTIONS) throw error;
      const inMs = backoff(state.troubles, clock.random());
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
  /** The batch that was in hand when the connection went. */
  lost: Job | undefined;
  /** Migrations that this program has no means to work on. */
  readonly unable: Set<string>;
  /** Migrations that it has said it is slow with. */
  readonly slowed: Set<string>;
  /** Connections refused or lost in a row, without a look at what there is in between. */
  troubles: number;
}

/** What the tables hold is run with our rights, so they are looked at first. */
async function open({ connector, name, signal }: WorkerOptions): Promise<Session> {
  const applicationName = `migrator background ${name.database}`;
  const session = await connector.open({ applicationName, signal });
  try {
    if (session.server.standby) throw standby(connector, name);
    await refuseUntrusted(session, name);
    await outliveIdling(session);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** In the middle of a failover, the server that was the primary may be one. */
function standby({ label }: Connector, { database }: WorkerOptions["name"]): Failure {
  return new Failure(
    "connection/read-only",
    `Cannot work on the batched migrations of "${database}": ${label} is a standby and can only be ` +
      "read.",
    { hint: "Connect to the primary, or give several hosts and target_session_attrs=read-write." },
  );
}

/**
 * Between two looks a session idles, longer than a role may be given for that. A pooler's is left as it
 * is: another client may get it next.
 */
async function outliveIdling(session: Session): Promise<void> {
  const { pooling, embedded, version } = session.server;
  if (pooling !== "none" || embedded || version < 140000) return;
  await session.query("SET idle_session_timeout = 0");
}

async function workWith(session: Session, options: WorkerOptions, state: State): Promise<void> {
  const { clock, signal, until, scope, workOf } = options;
  const context: WorkerContext = {
    ...options,
    session,
    slowed: state.slowed,
    throttle: (migration, waited) => options.throttle(session, migration, waited),
  };
  if (state.lost) await takeBack(context, state.lost);
  state.lost = undefined;
  const known = { ...scope, unable: state.unable };
  while (!signal.aborted) {
    options.heartbeat?.beat(options.worker, HEARTBEAT_DUE);
    const claimed = await withShutdownLimit(context, () => claim(context, known));
    // The server is there. What takes its connection with it each time is given up by its losses.
    state.troubles = 0;
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
 * Gives back the batch that was in hand when the connection was lost, so that nobody waits for its
 * lease. While the old backend still works on it, its row is locked: then the lease decides.
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

/** A change of a batch's size by less than this is not worth an event. */
const NOTABLE = 1.25;

/** Lets the next batches follow what was measured. */
async function resize(
  { name, session, who, report }: WorkerContext,
  job: Job,
  { end, milliseconds }: { readonly end: BatchEnd; readonly milliseconds: number },
): Promise<void> {
  if (end.kind !== "succeeded") return;
  const { migration } = job;
  const { batchSize, interval, maxBatchSize } = migration;
  // One of another size, such as a single row that is tried again, says nothing of these.
  if (job.batchSize !== batchSize) return;
  // One that others had begun, or that was short because the table ended, says nothing.
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
    // Only if neither a person nor another worker has changed the size since; a person's limits hold.
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

/** What may be otherwise in a while; a wrong password will not. */
const PASSING = [
  "lost",
  "no-answer",
  "refused",
  "refused-by-server",
  "timeout",
  "starting",
  "too-many",
  "unreachable",
  "host-not-found",
  "target-session",
  "read-only",
];

/** Whether another connection, or another moment, may help. */
function isTransient(error: unknown): boolean {
  if (error instanceof SqlError) return errorClassOf(error.server.sqlstate) !== "programmer";
  return error instanceof Failure &&
    PASSING.some((reason) => error.code === `connection/${reason}`);
}
