/**
 * Runs one command against one database: connect, read the history, take the lock, read it again,
 * plan, run the steps, make them durable.
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import { type HeldLock, lockKey } from "../../connection/lock/advisory_lock.ts";
import {
  type Connector,
  type ServerFacts,
  type Session,
  SqlError,
} from "../../connection/session/session.ts";
import { encodingOf, representable } from "../../history/representable.ts";
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
import { reportSilence } from "../observe/report_silence.ts";
import { reportStandbyWait } from "../observe/report_standby_wait.ts";

/** The parameters of a run. */
export interface Run {
  /** The database of the product, and the schema that holds its history. */
  readonly history: HistoryName;
  /** Opens sessions with the server. */
  readonly connector: Connector;
  /** Opens sessions that bypass the pooler that `connector` leads to; used for locks and writes. */
  readonly direct?: Connector | undefined;
  /** The user, host and program version that the history records. */
  readonly runner: Runner;
  /** Timeouts, retries and durability. */
  readonly options: RunOptions;
  /** `systemClock` outside tests. */
  readonly clock: Clock;
  /** Takes every event of the run as it happens. Must not throw. */
  readonly report: RunReporter;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /**
   * Decides what to run. It is called before the lock is taken, and again under the lock, because
   * another runner may have run in between.
   *
   * @param session Reads anything else the plan needs, such as definitions stored only in the database.
   */
  readonly plan: (history: History, session: Session) => Plan | Promise<Plan>;
  /** Carries out the steps under the lock. Default: `runSteps`. */
  readonly execute?: StepExecutor;
  /** What batched migrations add to steps. Default: nothing. */
  readonly hooks?: StepHooks | undefined;
  /** True when `execute` only records the steps in the history and runs none of them. */
  readonly recordsOnly?: boolean;
}

/**
 * Carries out the steps of a plan in order, and adds each to `done` as soon as it is committed.
 *
 * @throws {Failure} When a step fails; later steps are not tried.
 */
export type StepExecutor = (
  context: RunContext,
  steps: readonly Step[],
  done: CompletedStep[],
) => Promise<void>;

/** The result of a run. */
export interface RunResult {
  /** The database of the product. */
  readonly database: string;
  /** The server, safe to print: `postgres://app@db.example:5432/shop`. */
  readonly server: string;
  /** The committed steps, in the order in which they ran. */
  readonly done: readonly CompletedStep[];
}

/**
 * Runs a plan. A run with nothing to do costs one connection and two queries, and takes no lock.
 *
 * @throws {Failure} What stopped the run. `facts.done` lists the versions of the committed steps; they
 * are durable if the server could still be reached.
 */
export async function run(run: Run): Promise<RunResult> {
  try {
    return await runOrWait(run);
  } catch (error) {
    throw run.signal.aborted && isConsequence(error) ? run.signal.reason : error;
  }
}

/**
 * Whether an error may only follow from an interruption, which cancels statements and closes connections.
 * A migration that failed by itself just before is reported as it failed.
 */
function isConsequence(error: unknown): boolean {
  if (error instanceof SqlError) return error.server.sqlstate === QUERY_CANCELED;
  return error instanceof Failure &&
    (error.code.startsWith("connection/") || error.code === "lock/lost");
}

const QUERY_CANCELED = "57014";

async function runOrWait(run: Run): Promise<RunResult> {
  const { history, connector, clock } = run;
  const { database } = history;
  const server = connector.label;
  const pooledRetry: ConnectRetry = {
    ...run,
    database,
    deadline: clock.elapsed() + run.options.lockWait,
    applicationName: `migrator ${database} (lock)`,
    condition: isInstalled(history),
    connectEvery: 5_000,
  };
  const isUpToDate = async (session: Session) => {
    const found = await readHistory(session, history);
    // The outcome of another runner's running attempt is known only once it has ended.
    if ([...found.versions.values()].some(({ state }) => state === "running")) return false;
    const { steps } = await run.plan(found, session);
    const { standby, readOnly } = session.server;
    const isWritable = !standby && !readOnly;
    const isIncomplete = found.lacksViews || grantableReaders(found).length > 0;
    return found.durable && steps.length === 0 && !(isWritable && isIncomplete);
  };
  const firstSession = await readWithRetry(pooledRetry, isUpToDate);
  if (firstSession === undefined) return { database, server, done: [] };
  // Embedded PostgreSQL has no pooler, but DIRECT_URL may be set for the application's server.
  const direct = firstSession.server.embedded ? undefined : run.direct;
  const connectRetry = { ...pooledRetry, connector: direct ?? connector };
  const session = direct
    ? await connectDirectly(firstSession, { run, connectRetry })
    : firstSession;
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
    isDone: async (waiting) => await isDurable(waiting, history) && await isUpToDate(waiting),
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
 * Replaces the session through the pooler by one that bypasses it.
 *
 * @returns The direct session; the pooled one is closed, also where this throws.
 * @throws {Failure} `connection/*`, `lock/no-connection`, `settings/direct-url-differs`.
 */
async function connectDirectly(
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

/** Milliseconds that the work session waits for its first answer. */
const WORK_ANSWER = 30_000;

async function runLocked(
  run: Run,
  held: { readonly lock: HeldLock; readonly key: bigint; readonly connectRetry: ConnectRetry },
): Promise<RunResult> {
  const { history, connector, report } = run;
  const { lock, key, connectRetry } = held;
  const { database } = history;
  // A lost lock limits the queries that are still running in the same way as an interrupt.
  const lockLost = new AbortController();
  lock.lost.catch((reason: unknown) => lockLost.abort(reason));
  const work = await Promise.race([
    // Every other runner waits for this one, so the pauses between its tries are short.
    connectWithRetry({
      ...connectRetry,
      signal: AbortSignal.any([run.signal, lockLost.signal]),
      applicationName: `migrator ${database}`,
      connectEvery: 200,
      answerWithin: WORK_ANSWER,
    }),
    lock.lost,
  ]);
  const done: CompletedStep[] = [];
  const silenceReport = reportSilence({ ...run, database, lock, work });
  const standbyWait = reportStandbyWait({ ...run, database, lock, work });
  try {
    const unpooled = work.server.pooling === "none";
    const storable = (text: string) => text;
    const unfenced = {
      ...run,
      lock,
      work,
      fence: 0n,
      clientChecks: [],
      keepsBackend: unpooled,
      storable,
      encoding: "UTF8",
    };
    // Sent first, and awaited later: they need no round trip of their own.
    const inherited = readInheritedSettings(work);
    inherited.catch(() => {});
    encodingOf(work).catch(() => {});
    const [checks, { fence, found }] = await raceWithLock(
      unfenced,
      Promise.all([clientChecks(work), acquireFence(unfenced, { key, connectRetry })]),
    );
    let applied = 0;
    const countingReport: RunReporter = (event) => {
      if (event.type === "applied") applied++;
      report(event);
    };
    let context: RunContext = { ...unfenced, fence, clientChecks: checks, report: countingReport };
    try {
      await raceWithLock(context, grantReaders(context, found));
      const { steps } = await raceWithLock(context, Promise.resolve(run.plan(found, work)));
      const runnable = run.recordsOnly ? [] : steps;
      const affinity = keepsBackend(work, {
        steps: runnable,
        database,
        connector,
        signal: run.signal,
      });
      context = {
        ...context,
        keepsBackend: await raceWithLock(context, affinity),
        ...await raceWithLock(context, storedForms(work, { runner: run.runner, steps })),
      };
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
    silenceReport.end();
    await standbyWait.stop();
    await work.close();
  }
}

/** The database's encoding, and the runner's names and a `storable` in characters that it can represent. */
async function storedForms(
  work: Session,
  { runner, steps }: { readonly runner: Runner; readonly steps: Plan["steps"] },
): Promise<Pick<RunContext, "runner" | "storable" | "encoding">> {
  const names = steps.map(({ definition }) => definition.name);
  const storable = await representable(work, [runner.who, runner.host, ...names]);
  return {
    runner: { ...runner, who: storable(runner.who), host: storable(runner.host) },
    storable,
    encoding: await encodingOf(work),
  };
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

/** Adds the versions of the committed steps to a failure. */
function withDone(failure: Failure, done: readonly CompletedStep[]): Failure {
  return new Failure(failure.code, failure.message, {
    ...(failure.hint ? { hint: failure.hint } : {}),
    ...(failure.place ? { place: failure.place } : {}),
    cause: failure,
    facts: { ...failure.facts, done: done.map(({ version }) => String(version)) },
  });
}
