/**
 * Runs one command against one database: connect, look, lock, look again, plan, run, make durable.
 *
 * @module
 */

import { type HeldLock, lockKey } from "../../connection/lock/advisory_lock.ts";
import type { Connector, ServerFacts, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import type { Runner } from "../../history/attempt.ts";
import type { History } from "../../history/history.ts";
import { isDurable, readHistory } from "../../history/read_history.ts";
import type { HistoryName } from "../../history/history_name.ts";
import type { Plan, Step } from "../../plan/plan.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { RunReporter } from "../context/event.ts";
import { clientChecks } from "../observe/client_check.ts";
import { assertSameDatabase } from "../lock/direct_connection.ts";
import type { StepHooks } from "../../plan/step_hooks.ts";
import { finishRun } from "./finish_run.ts";
import { readInheritedSettings } from "../context/inherited_settings.ts";
import { grantableReaders, grantReaders } from "./grant_readers.ts";
import {
  acquireLock,
  type ConnectRetry,
  connectWithRetry,
  readWithRetry,
} from "../lock/acquire_lock.ts";
import { keepsBackend } from "../observe/session_affinity.ts";
import { raceWithLock, type RunContext, type RunOptions } from "../context/run_context.ts";
import { runSteps } from "./run_steps.ts";
import type { CompletedStep } from "./completed_step.ts";
import { acquireFence } from "../lock/acquire_fence.ts";

/** Everything a run is made of. */
export interface Run {
  /** The database of the product, and the schema that holds its history. */
  readonly history: HistoryName;
  /** Opens sessions with the server. */
  readonly connector: Connector;
  /** Opens sessions around the pooler that `connector` leads to; used for locks and writes. */
  readonly direct?: Connector | undefined;
  /** Who runs, as the history records it. */
  readonly runner: Runner;
  /** Timeouts, retries and durability. */
  readonly options: RunOptions;
  /** The time; `systemClock` outside tests. */
  readonly clock: Clock;
  /** Takes every event of the run as it happens. Must not throw. */
  readonly report: RunReporter;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /**
   * Decides what to run. It is called before the lock is taken and again under it, because another
   * runner may have run in between.
   *
   * @param session For what else must be read, such as definitions that only the database has stored.
   */
  readonly plan: (history: History, session: Session) => Plan | Promise<Plan>;
  /** What is done with the steps under the lock. Default: `runSteps`. */
  readonly execute?: StepExecutor;
  /** What batched migrations add to steps. Default: nothing. */
  readonly hooks?: StepHooks | undefined;
  /** `execute` writes rows about the steps, and runs nothing of them. */
  readonly recordsOnly?: boolean;
}

/**
 * Does something with the steps of a plan, in order, and adds each to `done` as soon as it is committed.
 *
 * @throws {Failure} The first one; later steps are not tried.
 */
export type StepExecutor = (
  context: RunContext,
  steps: readonly Step[],
  done: CompletedStep[],
) => Promise<void>;

/** What a run did. */
export interface RunResult {
  /** The database of the product. */
  readonly database: string;
  /** The server, safe to print: `postgres://app@db.example:5432/shop`. */
  readonly server: string;
  /** Steps that are in the database, in the order in which they ran. */
  readonly done: readonly CompletedStep[];
}

/**
 * Runs a plan. Nothing to do costs one connection and two queries, without the lock.
 *
 * @throws {Failure} What stopped it; `facts.done` lists the steps that are in the database all the
 * same, and they are durable whenever the server could still be reached.
 */
export async function run(run: Run): Promise<RunResult> {
  try {
    return await runOrWait(run);
  } catch (error) {
    const isTold = error instanceof Failure && error.code.startsWith("interrupted/");
    throw run.signal.aborted && !isTold ? run.signal.reason : error;
  }
}

async function runOrWait(run: Run): Promise<RunResult> {
  const { history, connector, clock } = run;
  const { database } = history;
  const server = connector.label;
  const before: ConnectRetry = {
    ...run,
    database,
    deadline: clock.elapsed() + run.options.lockWait,
    applicationName: `migrator ${database} (lock)`,
    connectEvery: 5_000,
  };
  const isDone = async (session: Session) => {
    const found = await readHistory(session, history);
    // What another runner is in the middle of can be judged only when it has ended.
    if ([...found.versions.values()].some(({ state }) => state === "running")) return false;
    const { steps } = await run.plan(found, session);
    const { standby, readOnly } = session.server;
    const lacksReaders = !standby && !readOnly && grantableReaders(found).length > 0;
    return found.durable && steps.length === 0 && !lacksReaders;
  };
  const looked = await readWithRetry(before, isDone);
  if (looked === undefined) return { database, server, done: [] };
  // Embedded PostgreSQL has no pooler; a variable may name one of the application's all the same.
  const direct = looked.server.embedded ? undefined : run.direct;
  const connectRetry = { ...before, connector: direct ?? connector };
  const session = direct ? await goAround(looked, { run, connectRetry }) : looked;
  try {
    refuseReadOnly(session.server, { database, server: connectRetry.connector.label });
  } catch (error) {
    await session.close();
    throw error;
  }
  const key = lockKey(history.schema, database);
  const lock = await acquireLock(connectRetry, {
    session,
    key,
    isDone: async (waiting) => await isDurable(waiting, history) && await isDone(waiting),
  });
  if (lock === undefined) return { database, server, done: [] };
  try {
    return await runLocked({ ...run, connector: connectRetry.connector }, {
      lock,
      key,
      connectRetry,
    });
  } finally {
    await lock.release();
  }
}

/**
 * Leaves the pooler for the way around it.
 *
 * @returns The session to go on with; the other one is closed.
 */
async function goAround(
  pooled: Session,
  { run, connectRetry }: { readonly run: Run; readonly connectRetry: ConnectRetry },
): Promise<Session> {
  let direct: Session | undefined;
  try {
    direct = await connectWithRetry(connectRetry);
    await assertSameDatabase(direct, {
      pooled,
      database: run.history.database,
      labels: [connectRetry.connector.label, run.connector.label],
    });
    return direct;
  } catch (error) {
    await direct?.close();
    throw error;
  } finally {
    await pooled.close();
  }
}

/** Milliseconds for the first answer to the session that works. */
const SECOND_ANSWER = 30_000;

async function runLocked(
  run: Run,
  held: { readonly lock: HeldLock; readonly key: bigint; readonly connectRetry: ConnectRetry },
): Promise<RunResult> {
  const { history, connector, report } = run;
  const { lock, key, connectRetry } = held;
  const { database } = history;
  const work = await Promise.race([
    // Everybody else waits for this one.
    connectWithRetry({
      ...connectRetry,
      applicationName: `migrator ${database}`,
      connectEvery: 200,
      answerWithin: SECOND_ANSWER,
    }),
    lock.lost,
  ]);
  const done: CompletedStep[] = [];
  try {
    const unpooled = work.server.pooling === "none";
    const unfenced = { ...run, lock, work, fence: 0n, clientChecks: [], keepsBackend: unpooled };
    // Sent ahead of what is waited for.
    const inherited = readInheritedSettings(work);
    inherited.catch(() => {});
    const [checks, { fence, found }] = await raceWithLock(
      unfenced,
      Promise.all([clientChecks(work), acquireFence(unfenced, { key, connectRetry })]),
    );
    let applied = 0;
    const counting: RunReporter = (event) => {
      if (event.type === "applied") applied++;
      report(event);
    };
    let context: RunContext = { ...unfenced, fence, clientChecks: checks, report: counting };
    try {
      await grantReaders(context, found);
      const { steps } = await run.plan(found, work);
      const ran = run.recordsOnly ? [] : steps;
      const affinity = keepsBackend(work, { steps: ran, database, connector, signal: run.signal });
      context = { ...context, keepsBackend: await raceWithLock(context, affinity) };
      report({ type: "planned", database, steps: steps.length, server: connector.label });
      if (steps.length > 0) {
        for (const one of await inherited) report({ type: "inherited", database, ...one });
      }
      await (run.execute ?? runSteps)(context, steps, done);
    } finally {
      await finishRun(context, { connectRetry, isWhole: done.length >= applied });
    }
    return { database, server: connector.label, done };
  } catch (error) {
    throw error instanceof Failure ? withDone(error, done) : error;
  } finally {
    await work.close();
  }
}

/** @throws {Failure} `connection/read-only`. */
function refuseReadOnly(
  { standby, readOnly }: ServerFacts,
  { database, server }: { readonly database: string; readonly server: string },
): void {
  if (!standby && !readOnly) return;
  throw new Failure(
    "connection/read-only",
    `Cannot migrate database "${database}": ${server} ${
      standby
        ? "is a standby and can only be read"
        : "begins every transaction read-only (default_transaction_read_only is on)"
    }.`,
    {
      hint: standby
        ? "Connect to the primary, or give several hosts and target_session_attrs=read-write."
        : "Somebody set it on purpose: ALTER ROLE, ALTER DATABASE, postgresql.conf, PGOPTIONS or " +
          "the URL. See: SELECT * FROM pg_db_role_setting",
    },
  );
}

/** The same failure, with what was done before it. */
function withDone(failure: Failure, done: readonly CompletedStep[]): Failure {
  return new Failure(failure.code, failure.message, {
    ...(failure.hint ? { hint: failure.hint } : {}),
    ...(failure.place ? { place: failure.place } : {}),
    cause: failure,
    facts: { ...failure.facts, done: done.map(({ version }) => String(version)) },
  });
}
