/**
 * What became of steps whose run was cut off: looked up, never concluded.
 *
 * A step in a transaction is committed if and only if its row can be read once its backend has ended.
 * While the backend is there, nobody knows. Where the work's connection is lost, the lock's is asked;
 * where both are, a new one is opened, only to look: nothing is ever run in it.
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
const AFTERLIFE = 5_000;

/** Most milliseconds to wait for a server that is starting again. */
const RESTART = 15_000;

/** Milliseconds for an answer to the session that is opened to look. */
const EYE_LIMIT = 10_000;

/** What became of steps that were run together. */
export interface Outcome {
  /** Those that are in the database: the first of them, in order. */
  readonly committed: readonly Step[];
  /** What ends the run. */
  readonly failure: unknown;
}

/** What was cut off. */
export interface InterruptedSteps {
  /** Steps that were run together. */
  readonly streak: readonly Step[];
  readonly error: unknown;
  /** Steps that were done before; those that are gone with the server's crash are taken out. */
  readonly done: CompletedStep[];
  /** False: what had to be done before it was still going on. */
  readonly isBegun: boolean;
}

/** What could be seen. */
interface Seen {
  /** Rows of this run, by version and direction. */
  readonly rows: ReadonlyMap<string, Row>;
  /** The work's backend, if it has not ended. */
  readonly backend: { readonly pid: string; readonly since: string } | undefined;
}

/** Finds out, and says so in the failure. An error that cut nothing off is given back as it is. */
export async function resolveOutcome(
  context: RunContext,
  cutOff: InterruptedSteps,
): Promise<Outcome> {
  const { lock, signal } = context;
  const { streak, error, done, isBegun } = cutOff;
  const isLost = error instanceof Failure && error.code === "connection/lost";
  if (!signal.aborted && !lock.isLost && !isLost) return { committed: [], failure: error };
  const seen = await see(context).catch(() => undefined);
  const isIn = ({ definition, direction }: Step) =>
    seen?.rows.get(`${definition.version} ${direction}`)?.["success"] === "t";
  const end = streak.findIndex((step) => !isIn(step));
  const committed = end === -1 ? streak : streak.slice(0, end);
  const gone = seen === undefined ? [] : takeOutGone(done, seen);
  if (!(error instanceof Failure)) return { committed, failure: error };
  // Where both connections are gone, it is the lock that decides what others may have done since.
  const why = lock.isLost && !signal.aborted
    ? await lock.lost.catch((lost: unknown) => lost as Failure)
    : error;
  const step = streak[committed.length];
  const story = step === undefined
    ? throughText(context, streak.at(-1)!)
    : await storyOf(context, { step, seen, error, isBegun });
  return { committed, failure: told(why, { ...story, gone }) };
}

/** Each connection may turn out to be lost by being asked. */
async function see(context: RunContext): Promise<Seen> {
  const { work, lock, signal } = context;
  if (!work.isLost) {
    try {
      // What was to be cancelled may have been quicker.
      await work.pipeline(rollbackMessages(context));
      const { rows } = await work.query(outcomesOfRun(context.history, context.fence));
      return { rows: byStep(rows), backend: undefined };
    } catch (error) {
      if (!work.isLost) throw error;
    }
  }
  // A person who stops a run does not wait for a server that no longer answers.
  if (signal.aborted) throw signal.reason;
  if (lock.session !== undefined && !lock.isLost) {
    try {
      return await seeBy(context, {
        sessions: (query) => lock.look(query),
        rows: async (query) => (await lock.query(query)).rows,
      });
    } catch (error) {
      if (!lock.isLost) throw error;
    }
  }
  const eye = await openEye(context);
  try {
    const read = (query: string) => catalogRead(eye, query);
    return await seeBy(context, { sessions: read, rows: read });
  } finally {
    await eye.close();
  }
}

async function seeBy(
  context: RunContext,
  ask: Readonly<Record<"sessions" | "rows", (query: string) => Promise<readonly Row[]>>>,
): Promise<Seen> {
  const { clock, history, fence, signal } = context;
  const until = clock.elapsed() + AFTERLIFE;
  let [backend] = await ask.sessions(backendOf(context));
  while (backend !== undefined && clock.elapsed() < until) {
    await clock.sleep(50, signal);
    [backend] = await ask.sessions(backendOf(context));
  }
  const rows = byStep(await ask.rows(outcomesOfRun(history, fence)));
  const { pid, since } = backend ?? {};
  return { rows, backend: pid ? { pid, since: since ?? "unknown" } : undefined };
}

/**
 * An idle one works for nobody: behind a pooler it stays when its client has gone. And where a pooler
 * may have given us another one since, only its name is known.
 */
function backendOf({ work, keepsBackend, history: { database } }: RunContext): string {
  const own = keepsBackend ? `pid OPERATOR(pg_catalog.=) ${work.server.pid} AND ` : "";
  const application = quoteLiteral(`migrator ${database}`.slice(0, 63));
  return `SELECT pid, pg_catalog.to_char(coalesce(xact_start, query_start) AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
    FROM pg_catalog.pg_stat_activity
    WHERE ${own}application_name OPERATOR(pg_catalog.=) ${application}
      AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
      AND state IS DISTINCT FROM 'idle'`;
}

/** A session to look with, as soon as the server takes one. */
async function openEye({ connector, clock, options, history, report, signal }: RunContext) {
  const { database } = history;
  const until = clock.elapsed() + Math.min(RESTART, options.lockWait);
  for (let told = false;;) {
    const left = Math.max(1_000, until - clock.elapsed());
    try {
      const session: Session = await connector.open({
        applicationName: `migrator ${database} (look)`,
        signal,
        patience: left,
        answerLimit: EYE_LIMIT,
      });
      return session;
    } catch (error) {
      if (!(error instanceof Failure) || clock.elapsed() >= until) throw error;
      if (!told) {
        report({ type: "connecting", database, server: connector.label, why: error.message });
      }
      told = true;
      await clock.sleep(250, signal);
    }
  }
}

function byStep(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [`${row["version"]} ${row["direction"]}`, row]));
}

/** Commits of one run wait for the disk together; a crash before that takes the last ones back. */
function takeOutGone(done: CompletedStep[], { rows }: Seen): readonly CompletedStep[] {
  const isKept = ({ version, direction }: CompletedStep) =>
    rows.get(`${version} ${direction}`)?.["success"] === "t";
  const gone = done.filter((one) => !isKept(one));
  if (gone.length > 0) done.splice(0, done.length, ...done.filter(isKept));
  return gone;
}

/** What is added to a failure. */
interface Story {
  readonly what: string;
  /** In the place of the failure's own. */
  readonly hint?: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
}

function throughText({ history: { database } }: RunContext, { definition }: Step): Story {
  return {
    what: `Migration ${migrationLabel(definition)} of "${database}" was committed all the same.`,
    facts: { version: String(definition.version), outcome: "committed" },
  };
}

async function storyOf(
  context: RunContext,
  { step, seen, error, isBegun }: {
    readonly step: Step;
    readonly seen: Seen | undefined;
    readonly error: Failure;
    readonly isBegun: boolean;
  },
): Promise<Story> {
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
  if (seen?.backend) {
    const { pid, since } = seen.backend;
    return {
      what: `${name} is still running on the server (pid ${pid}, since ${since}).`,
      hint: `See when it is over: migrator repair --db ${database}`,
      facts: { ...facts("running"), backend: seen.backend },
    };
  }
  if (script.transaction === "none") {
    const repair = `migrator repair ${version} --db ${database}`;
    const row = seen?.rows.get(`${version} ${direction}`);
    const hint = isSelfRepairing(script) ? undefined : repair;
    return { what: `${name} ${outsideText(step, row)}`, hint, facts: facts("partly done") };
  }
  if (seen === undefined) {
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

function outsideText({ script: { statements } }: Step, row: Row | undefined): string {
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

function told(
  failure: Failure,
  { what, hint = failure.hint, facts, gone }: Story & { readonly gone: readonly CompletedStep[] },
): Failure {
  const versions = gone.map(({ version }) => String(version));
  const lost = gone.length === 0
    ? ""
    : ` The server's crash took back what was committed just before: ${versions.join(", ")}.`;
  return new Failure(failure.code, `${failure.message} ${what}${lost}`, {
    ...(hint ? { hint } : {}),
    facts: { ...failure.facts, ...facts, ...(gone.length > 0 ? { gone: versions } : {}) },
    cause: failure,
  });
}
