/**
 * One command against one database: connect, look, lock, look again, plan, run, make durable.
 *
 * @module
 */

import { type HeldLock, lockKey } from "../connection/lock.ts";
import type { Connector, ServerFacts, Session } from "../connection/session.ts";
import { Failure } from "../failure.ts";
import type { Runner } from "../history/attempt.ts";
import type { History } from "../history/state.ts";
import { type HistoryName, isDurable, readHistory } from "../history/store.ts";
import type { Plan } from "../plan/plan.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Report } from "./event.ts";
import { clientChecks } from "./client_check.ts";
import { mustBeSameDatabase } from "./direct.ts";
import type { Companion } from "./companion.ts";
import { finish } from "./finish.ts";
import { readInherited } from "./inherited.ts";
import { grantableReaders, letRead } from "./let_read.ts";
import { lookPatiently, openPatiently, type Patience, waitForLock } from "./patience.ts";
import { isPinned } from "./pinning.ts";
import { guarded, type RunContext, type RunOptions } from "./run_context.ts";
import { type Done, runSteps } from "./steps.ts";
import { takeOver } from "./take_over.ts";

/** Everything a run is made of. */
export interface Run {
  readonly history: HistoryName;
  readonly connector: Connector;
  /** A way around the pooler that `connector` leads to: whatever writes, or locks, goes there. */
  readonly direct?: Connector | undefined;
  readonly runner: Runner;
  readonly options: RunOptions;
  readonly clock: Clock;
  readonly report: Report;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /**
   * Decides what to run. Called before the lock is taken and again under it, because another runner
   * may have been there in between.
   *
   * @param session For what else has to be read, such as definitions that only the database keeps.
   */
  readonly plan: (history: History, session: Session) => Plan | Promise<Plan>;
  /** What is done with the steps under the lock; default: they are run. */
  readonly carryOut?: typeof runSteps;
  /** Default: none. */
  readonly companion?: Companion | undefined;
  /** `carryOut` writes rows about the steps, and runs nothing of them. */
  readonly recordsOnly?: boolean;
}

/** What a run did. */
export interface RunResult {
  readonly database: string;
  readonly server: string;
  /** Steps that are in the database, in the order in which they ran. */
  readonly done: readonly Done[];
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
  const before: Patience = {
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
  const looked = await lookPatiently(before, isDone);
  if (looked === undefined) return { database, server, done: [] };
  // Embedded PostgreSQL has no pooler; a variable may name one of the application's all the same.
  const direct = looked.server.embedded ? undefined : run.direct;
  const patience = { ...before, connector: direct ?? connector };
  const session = direct ? await goAround(looked, { run, patience }) : looked;
  try {
    refuseReadOnly(session.server, { database, server: patience.connector.label });
  } catch (error) {
    await session.close();
    throw error;
  }
  const key = lockKey(history.schema, database);
  const lock = await waitForLock(patience, {
    session,
    key,
    isDone: async (waiting) => await isDurable(waiting, history) && await isDone(waiting),
  });
  if (lock === undefined) return { database, server, done: [] };
  try {
    return await runLocked({ ...run, connector: patience.connector }, { lock, key, patience });
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
  { run, patience }: { readonly run: Run; readonly patience: Patience },
): Promise<Session> {
  let direct: Session | undefined;
  try {
    direct = await openPatiently(patience);
    await mustBeSameDatabase(direct, {
      pooled,
      database: run.history.database,
      labels: [patience.connector.label, run.connector.label],
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
  held: { readonly lock: HeldLock; readonly key: bigint; readonly patience: Patience },
): Promise<RunResult> {
  const { history, connector, report } = run;
  const { lock, key, patience } = held;
  const { database } = history;
  const work = await Promise.race([
    // Everybody else waits for this one.
    openPatiently({
      ...patience,
      applicationName: `migrator ${database}`,
      connectEvery: 200,
      answerWithin: SECOND_ANSWER,
    }),
    lock.lost,
  ]);
  const done: Done[] = [];
  try {
    const unpooled = work.server.pooling === "none";
    const unfenced = { ...run, lock, work, fence: 0n, clientChecks: [], isPinned: unpooled };
    // Sent ahead of what is waited for.
    const inherited = readInherited(work);
    inherited.catch(() => {});
    const [checks, { fence, found }] = await guarded(
      unfenced,
      Promise.all([clientChecks(work), takeOver(unfenced, { key, patience })]),
    );
    let applied = 0;
    const counting: Report = (event) => {
      if (event.type === "applied") applied++;
      report(event);
    };
    let context: RunContext = { ...unfenced, fence, clientChecks: checks, report: counting };
    try {
      await letRead(context, found);
      const { steps } = await run.plan(found, work);
      const ran = run.recordsOnly ? [] : steps;
      const pinned = isPinned(work, { steps: ran, database, connector, signal: run.signal });
      context = { ...context, isPinned: await guarded(context, pinned) };
      report({ type: "planned", database, steps: steps.length, server: connector.label });
      if (steps.length > 0) {
        for (const one of await inherited) report({ type: "inherited", database, ...one });
      }
      await (run.carryOut ?? runSteps)(context, steps, done);
    } finally {
      await finish(context, { patience, isWhole: done.length >= applied });
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
function withDone(failure: Failure, done: readonly Done[]): Failure {
  return new Failure(failure.code, failure.message, {
    ...(failure.hint ? { hint: failure.hint } : {}),
    ...(failure.place ? { place: failure.place } : {}),
    cause: failure,
    facts: { ...failure.facts, done: done.map(({ version }) => String(version)) },
  });
}
