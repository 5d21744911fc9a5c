/**
 * Examines one database. Each check runs by itself, so that a failing check does not hide others.
 *
 * @module
 */

import { isInstalled } from "../history/installed.ts";
import { poolingOf } from "../connection/session/pooling.ts";
import { type Connector, type Session, SqlError } from "../connection/session/session.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { appliedVersions } from "../history/history.ts";
import { readVersionDetails } from "../history/read_history.ts";
import type { HistoryName } from "../history/history_name.ts";
import type { Clock } from "../runtime/clock.ts";
import {
  type Check,
  type CheckedDatabase,
  type CheckResult,
  fail,
  grantMonitorHint,
  warn,
} from "./check/check.ts";
import { CHECKS } from "./checks.ts";
import { needsOf } from "./check/needs.ts";

/** A result, and the name of the check that gave it. */
export interface CheckFinding extends CheckResult {
  readonly check: string;
}

/** Options of `examine`. */
export interface Examination {
  readonly history: HistoryName;
  /** Undefined when the definitions have defects: then only the server is examined. */
  readonly graph: Graph<Definition> | undefined;
  /** The other databases of the product. Default: none. */
  readonly siblings?: readonly string[];
  readonly connector: Connector;
  readonly clock: Clock;
  /** Further checks, run last. */
  readonly more?: readonly Check[];
  /** Aborted with the `Failure` to throw. */
  readonly signal: AbortSignal;
}

/** Milliseconds for one check: a little more than the statement timeout of its queries. */
const CHECK_LIMIT = 15_000;

/** Milliseconds to wait for a cancelled query to end. */
const CANCEL_LIMIT = 3_000;

/**
 * Runs all checks over one connection, in read-only transactions. It replaces a lost connection for
 * the remaining checks.
 *
 * @throws {Failure} `connection/*` when the server cannot be reached, or no longer.
 */
export async function examine(examination: Examination): Promise<readonly CheckFinding[]> {
  const { connector, signal, history } = examination;
  const open = () =>
    connector.open({
      applicationName: `migrator ${history.database} (doctor)`,
      condition: isInstalled(history),
      signal,
    });
  let session = await open();
  try {
    const checkedDatabase = await meet(examination, () => session);
    const findings: CheckFinding[] = [];
    for (const check of [...CHECKS, ...examination.more ?? []]) {
      if (session.server.embedded && !check.embedded) continue;
      if (session.isLost) session = await open();
      const results = await verdictsOf(check, { session, database: checkedDatabase, signal });
      findings.push(...results.map((result) => ({ check: check.name, ...result })));
    }
    return findings;
  } finally {
    await session.close();
  }
}

async function meet(
  { history, graph, siblings = [], clock, connector, signal }: Examination,
  session: () => Session,
): Promise<CheckedDatabase> {
  const { rows } = await session().query("SELECT pg_catalog.quote_ident(CURRENT_USER) AS role");
  const past = once(() => readVersionDetails(session(), history));
  const needs = once(async () => {
    const applied = await past().then(appliedVersions, () => new Set<bigint>());
    return needsOf(graph?.ordered.filter(({ version }) => !applied.has(version)) ?? []);
  });
  const pooling = () => poolingOf(session(), { connector, signal });
  return { history, graph, siblings, clock, role: rows[0]?.["role"] ?? "", past, pooling, needs };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => done ??= work();
}

async function verdictsOf(
  check: Check,
  { session, database: checkedDatabase, signal }: {
    readonly session: Session;
    readonly database: CheckedDatabase;
    readonly signal: AbortSignal;
  },
): Promise<readonly CheckResult[]> {
  const work = check.examine(session, checkedDatabase);
  work.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const cut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), CHECK_LIMIT);
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  cut.catch(() => {});
  try {
    return await Promise.race([work, cut]);
  } catch (error) {
    if (signal.aborted || error instanceof Late) await cutOff(session, work);
    if (signal.aborted) throw signal.reason;
    return verdictOf(error, checkedDatabase);
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener("abort", stop);
  }
}

/** The check exceeded its limit. */
class Late extends Error {}

async function cutOff(session: Session, work: Promise<unknown>): Promise<void> {
  await session.cancel();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => timer = setTimeout(() => resolve("late"), CANCEL_LIMIT));
  const ended = work.then(() => {}, () => {});
  if (await Promise.race([ended, late]) === "late") session.abandon();
  clearTimeout(timer);
}

/** The result of a check that failed. */
function verdictOf(error: unknown, { role }: CheckedDatabase): readonly CheckResult[] {
  if (error instanceof Late) {
    return warn(
      `the server did not answer within ${CHECK_LIMIT / 1_000} s`,
      "See what it is busy with: SELECT * FROM pg_stat_activity",
    );
  }
  if (error instanceof SqlError) {
    const { sqlstate, message } = error.server;
    const serverError = `${message} (SQLSTATE ${sqlstate})`;
    return sqlstate === "42501"
      ? warn(`cannot be seen by this role: ${serverError}`, grantMonitorHint(role))
      : warn(`could not be looked at: ${serverError}`, "Read the server's log for the whole story");
  }
  if (error instanceof Failure) {
    return fail(error.message.replace(/\.$/, ""), error.hint ?? "Run it again: migrator doctor");
  }
  throw error;
}
