/**
 * Resolves the outcome of interrupted steps by reading it from the server, never by guessing.
 *
 * A transactional step is committed if and only if its row can be read after its backend has ended.
 * While the backend runs, the outcome is unknown. If the work connection is lost, the lock's connection
 * is asked; if both are lost, a new connection is opened that only reads.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Row, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { outcomesOfRun } from "../../history/attempt.ts";
import { isCheckpointed } from "../../plan/diagnosis.ts";
import { isSelfRepairing, migrationLabel, type Step } from "../../plan/plan.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { rollbackMessages } from "./reset_session.ts";
import type { RunContext } from "../context/run_context.ts";
import type { CompletedStep } from "./completed_step.ts";
import { recordFailure } from "./transactional.ts";

/** Milliseconds to wait for the end of a backend whose connection was lost. */
const BACKEND_END_TIMEOUT = 5_000;

/** The most milliseconds to wait for a server that restarts. */
const RESTART_TIMEOUT = 15_000;

/** Milliseconds for each answer in the session that is opened to read the outcome. */
const ANSWER_TIMEOUT = 10_000;

/** The outcome of steps that were run together. */
export interface Outcome {
  /** The committed steps, in order: the first ones of the group. Times are by the server's clock. */
  readonly committed: readonly { readonly step: Step; readonly milliseconds: number }[];
  /** The error to end the run with. */
  readonly failure: unknown;
}

/** The steps that were running when the run was interrupted. */
export interface InterruptedSteps {
  /** Steps that were run together. */
  readonly steps: readonly Step[];
  readonly error: unknown;
  /** Steps completed before; those that a server crash has lost are removed from this array. */
  readonly done: CompletedStep[];
  /** False while the work of hooks before the steps' transaction was still going on. */
  readonly isBegun: boolean;
}

/** The state that was read from the server. */
interface ServerState {
  /** Rows of this run, by version and direction. */
  readonly rows: ReadonlyMap<string, Row>;
  /** The work session's backend, if it has not ended. */
  readonly backend: { readonly pid: string; readonly since: string } | undefined;
}

/**
 * Resolves the outcome and describes it in the failure. An error that interrupted nothing is returned
 * unchanged. Never throws on a lost connection; the outcome is then reported as unknown.
 */
export async function resolveOutcome(
  context: RunContext,
  interrupted: InterruptedSteps,
): Promise<Outcome> {
  const { lock, signal } = context;
  const { steps, error, done, isBegun } = interrupted;
  const isLost = error instanceof Failure && error.code === "connection/lost";
  if (!signal.aborted && !lock.isLost && !isLost) return { committed: [], failure: error };
  const state = await readState(context).catch(() => undefined);
  const committed: { step: Step; milliseconds: number }[] = [];
  for (const step of steps) {
    const row = state?.rows.get(`${step.definition.version} ${step.direction}`);
    if (row?.["success"] !== "t") break;
    committed.push({ step, milliseconds: Number(row["seconds"]) * 1_000 });
  }
  const lost = state === undefined ? [] : removeLost(done, state);
  if (!(error instanceof Failure)) return { committed, failure: error };
  // If both connections are lost, report the lost lock: another runner may have run since.
  const why = lock.isLost && !signal.aborted
    ? await lock.lost.catch((reason: unknown) => reason as Failure)
    : error;
  const step = steps[committed.length];
  const description = step === undefined
    ? describeCommitted(context, steps.at(-1)!)
    : await describe(context, { step, state, error, isBegun });
  return { committed, failure: withDescription(why, { ...description, lost }) };
}

/** Reads the state through the first connection that still works: a query may find it lost. */
async function readState(context: RunContext): Promise<ServerState> {
  const { work, lock, signal } = context;
  if (!work.isLost) {
    try {
      // The statement may have ended before the cancel request reached it.
      await work.pipeline(rollbackMessages(context));
      const { rows } = await work.query(outcomesOfRun(context.history, context.fence));
      return { rows: byStep(rows), backend: undefined };
    } catch (error) {
      if (!work.isLost) throw error;
    }
  }
  // An interrupted run does not wait for a server that no longer answers.
  if (signal.aborted) throw signal.reason;
  if (lock.session !== undefined && !lock.isLost) {
    try {
      return await readStateWith(context, {
        sessions: (query) => lock.look(query),
        rows: async (query) => (await lock.query(query)).rows,
      });
    } catch (error) {
      if (!lock.isLost) throw error;
    }
  }
  const session = await openReader(context);
  try {
    const read = (query: string) => catalogRead(session, query);
    return await readStateWith(context, { sessions: read, rows: read });
  } finally {
    await session.close();
  }
}

async function readStateWith(
  context: RunContext,
  read: Readonly<Record<"sessions" | "rows", (query: string) => Promise<readonly Row[]>>>,
): Promise<ServerState> {
  const { clock, history, fence, signal } = context;
  const deadline = clock.elapsed() + BACKEND_END_TIMEOUT;
  let [backend] = await read.sessions(backendQuery(context));
  while (backend !== undefined && clock.elapsed() < deadline) {
    await clock.sleep(50, signal);
    [backend] = await read.sessions(backendQuery(context));
  }
  const rows = byStep(await read.rows(outcomesOfRun(history, fence)));
  const { pid, since } = backend ?? {};
  return { rows, backend: pid ? { pid, since: since ?? "unknown" } : undefined };
}

/**
 * Selects the work session's backend. An idle backend is ignored: a pooler keeps it after its client
 * has gone. Where a pooler may have changed the backend, it is found by its application name only.
 */
function backendQuery({ work, keepsBackend, history: { database } }: RunContext): string {
  const hasPid = keepsBackend ? `pid OPERATOR(pg_catalog.=) ${work.server.pid} AND ` : "";
  const application = quoteLiteral(`migrator ${database}`.slice(0, 63));
  return `SELECT pid, pg_catalog.to_char(coalesce(xact_start, query_start) AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
    FROM pg_catalog.pg_stat_activity
    WHERE ${hasPid}application_name OPERATOR(pg_catalog.=) ${application}
      AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
      AND state IS DISTINCT FROM 'idle'`;
}

/** Opens a session that only reads, as soon as the server accepts one. */
async function openReader({ connector, clock, options, history, report, signal }: RunContext) {
  const { database } = history;
  const deadline = clock.elapsed() + Math.min(RESTART_TIMEOUT, options.lockWait);
  for (let isReported = false;;) {
    const remaining = Math.max(1_000, deadline - clock.elapsed());
    try {
      const session: Session = await connector.open({
        applicationName: `migrator ${database} (look)`,
        signal,
        firstAnswerLimit: remaining,
        answerLimit: ANSWER_TIMEOUT,
      });
      return session;
    } catch (error) {
      if (!(error instanceof Failure) || clock.elapsed() >= deadline) throw error;
      if (!isReported) {
        report({ type: "connecting", database, server: connector.label, why: error.message });
      }
      isReported = true;
      await clock.sleep(250, signal);
    }
  }
}

function byStep(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [`${row["version"]} ${row["direction"]}`, row]));
}

/**
 * Removes from `done` the steps that a server crash has lost, and returns them. The commits of a run are
 * asynchronous, so a crash before its end loses the last ones.
 */
function removeLost(done: CompletedStep[], { rows }: ServerState): readonly CompletedStep[] {
  const isKept = ({ version, direction }: CompletedStep) =>
    rows.get(`${version} ${direction}`)?.["success"] === "t";
  const lost = done.filter((one) => !isKept(one));
  if (lost.length > 0) done.splice(0, done.length, ...done.filter(isKept));
  return lost;
}

/** The outcome of a step, as it is added to a failure. */
interface OutcomeDescription {
  /** One sentence. */
  readonly what: string;
  /** Replaces the failure's own hint. */
  readonly hint?: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
}

function describeCommitted(
  { history: { database } }: RunContext,
  { definition }: Step,
): OutcomeDescription {
  return {
    what: `Migration ${migrationLabel(definition)} of "${database}" was committed all the same.`,
    facts: { version: String(definition.version), outcome: "committed" },
  };
}

async function describe(
  context: RunContext,
  { step, state, error, isBegun }: {
    readonly step: Step;
    readonly state: ServerState | undefined;
    readonly error: Failure;
    readonly isBegun: boolean;
  },
): Promise<OutcomeDescription> {
  const { work, signal, history: { database } } = context;
  const { definition: { version }, direction, script } = step;
  const name = `Migration ${migrationLabel(step.definition)} of "${database}"`;
  const facts = (outcome: string) => ({ version: String(version), outcome });
  if (!isBegun) {
    const awaited = step.definition.metadata.finalizes?.map((one) => one.name).join(", ");
    const kept = awaited === undefined ? "" : `; what was done to finish ${awaited} is kept`;
    return {
      what: `${name} was not begun${kept}.`,
      facts: facts("not begun"),
    };
  }
  if (state?.backend) {
    const { pid, since } = state.backend;
    return {
      what: `${name} is still running on the server (pid ${pid}, since ${since}).`,
      hint: `See when it is over: migrator repair --db ${database}`,
      facts: { ...facts("running"), backend: state.backend },
    };
  }
  if (script.transaction === "none") {
    const repair = `migrator repair ${version} --db ${database}`;
    const row = state?.rows.get(`${version} ${direction}`);
    const hint = isSelfRepairing(script) ? undefined : repair;
    return {
      what: `${name} ${nonTransactionalText(step, row)}`,
      hint,
      facts: facts("partly done"),
    };
  }
  if (state === undefined) {
    return {
      what: `${name} was running; whether it was committed is in the history.`,
      hint: `See: migrator repair --db ${database}`,
      facts: facts("unknown"),
    };
  }
  if (work.isLost) {
    return {
      what: `${name} was rolled back: the history says that it was not committed.`,
      facts: facts("rolled back"),
    };
  }
  if (signal.aborted) {
    await recordFailure(context, step, { code: error.code, message: error.message });
  }
  return {
    what: `${name} was cancelled on the server and rolled back.`,
    facts: facts("rolled back"),
  };
}

function nonTransactionalText({ script: { statements } }: Step, row: Row | undefined): string {
  const outside = "was running outside a transaction: a part of it may be in the database";
  if (row === undefined) return `${outside}.`;
  const done = Number(row["statements_done"]);
  const next = statements[done];
  const of = `${done} of its ${statements.length} statements ${done === 1 ? "is" : "are"} done`;
  if (next === undefined) return `${outside}; ${of}.`;
  if (!isCheckpointed(next)) return `${outside}; ${of}, and the next was cut off.`;
  return done === 0
    ? "was running outside a transaction, and nothing of it is in the database."
    : `${outside}; ${of}, and nothing of the next.`;
}

function withDescription(
  failure: Failure,
  { what, hint = failure.hint, facts, lost }: OutcomeDescription & {
    readonly lost: readonly CompletedStep[];
  },
): Failure {
  const versions = lost.map(({ version }) => String(version));
  const lostText = lost.length === 0
    ? ""
    : ` The server's crash took back what was committed just before: ${versions.join(", ")}.`;
  return new Failure(failure.code, `${failure.message} ${what}${lostText}`, {
    ...(hint ? { hint } : {}),
    facts: { ...failure.facts, ...facts, ...(lost.length > 0 ? { gone: versions } : {}) },
    cause: failure,
  });
}
