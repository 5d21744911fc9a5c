/**
 * Waits until a database is in the state that a program needs: without the lock, without write
 * privileges, and without a connection between two looks, because the runner needs two.
 *
 * @module
 */

import { type Connector, type Session, SqlError } from "../connection/session/session.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { readHistory, readVersionDetails } from "../history/read_history.ts";
import type { HistoryName } from "../history/history_name.ts";
import { checksumMismatches } from "../plan/checksum_mismatch.ts";
import { readiness, type RequiredVersions } from "../plan/readiness.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RunReporter } from "./context/event.ts";

/** What is waited for, and for how long. */
export interface WaitOptions {
  readonly history: HistoryName;
  /** What has to be applied; undefined when it is enough that the server lets us in. */
  readonly needed: RequiredVersions | undefined;
  /**
   * Reads the definitions themselves. Called at most once, at the end, and only where names in the
   * history are not those of `needed`: it may take PostgreSQL's parser.
   */
  readonly graph: () => Promise<Graph<Definition>>;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly report: RunReporter;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /** Milliseconds; 0 looks once. */
  readonly timeout: number;
}

/** Why one look was not enough. */
interface NotReady {
  readonly reason: string;
  readonly why: string;
  readonly hint: string | undefined;
}

/** Most milliseconds between two looks. */
const LOOK_EVERY = 2_000;

/** Most milliseconds that one look may take. */
const LOOK_LIMIT = 10_000;

/** What passes by itself while servers, names and databases are being set up. */
const PASSING: ReadonlySet<string> = new Set([
  "connection/refused",
  "connection/unreachable",
  "connection/host-not-found",
  "connection/timeout",
  "connection/lost",
  "connection/starting",
  "connection/too-many",
  "connection/no-such-database",
  "connection/target-session",
  // The first migrations may be what grants it.
  "history/not-readable",
]);

/**
 * Looks until the database is ready, more and more rarely, and reports `not-ready` when that begins
 * and whenever the reason changes.
 *
 * Ready says what is committed. That it is on disk is promised by the runner's own last words.
 *
 * @returns Versions that a newer program applied.
 * @throws {Failure} `status/not-ready` when the time is up; at once what does not pass by itself:
 * `connection/authentication`, `connection/tls`, `history/other-product`.
 */
export async function waitUntilReady(
  waitOptions: WaitOptions,
): Promise<{ readonly newer: readonly bigint[] }> {
  const { clock, report, signal, connector, timeout, history: { database } } = waitOptions;
  const deadline = clock.elapsed() + timeout;
  for (let tries = 0, told = "";; tries++) {
    const remaining = deadline - clock.elapsed();
    const found = await lookOnce(waitOptions, Math.min(LOOK_LIMIT, Math.max(1_000, remaining)));
    if ("newer" in found) return found;
    const { reason, why } = found;
    if (clock.elapsed() >= deadline) throw notReady(waitOptions, found);
    if (why !== told) {
      report({ type: "not-ready", database, server: connector.label, reason, why });
      told = why;
    }
    const pause = 50 + clock.random() * Math.min(LOOK_EVERY, 100 * 2 ** tries);
    await clock.sleep(Math.min(pause, Math.max(0, deadline - clock.elapsed())), signal);
  }
}

function notReady({ history, timeout }: WaitOptions, { reason, why, hint }: NotReady): Failure {
  const { database } = history;
  const clause = why.replace(/\.$/, "");
  return new Failure(
    "status/not-ready",
    `Database "${database}" is not ready${
      timeout ? ` after ${timeout / 1_000} s` : ""
    }: ${clause}.`,
    { ...(hint === undefined ? {} : { hint }), facts: { database, reason } },
  );
}

type Found = { readonly newer: readonly bigint[] } | NotReady;

async function lookOnce(waitOptions: WaitOptions, limit: number): Promise<Found> {
  const { connector, signal, history } = waitOptions;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limit);
  const either = AbortSignal.any([signal, late.signal]);
  let session: Session | undefined;
  const stop = () => session?.abandon();
  either.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    session = await connector.open({
      applicationName: `migrator ${history.database} (wait)`,
      signal: either,
    });
    either.throwIfAborted();
    return await look(waitOptions, session);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (late.signal.aborted) {
      return {
        reason: "connection/timeout",
        why: `${connector.label} did not answer within ${Math.round(limit / 1_000)} s`,
        hint: "Check the address, the port and the firewall.",
      };
    }
    return passing(error, connector.label);
  } finally {
    clearTimeout(timer);
    either.removeEventListener("abort", stop);
    await session?.close();
  }
}

async function look({ needed, graph, history }: WaitOptions, session: Session): Promise<Found> {
  if (needed === undefined) return { newer: [] };
  const { database } = history;
  const known = await readHistory(session, history);
  const found = readiness({ database, graph: needed, history: known });
  if (!found.ready) return found;
  // The same versions may be another product's: that is asked once, at the end.
  const details = await readVersionDetails(session, history);
  const isStrange = needed.ordered.some(({ version, name }) =>
    details.versions.get(version)?.name !== name
  );
  if (isStrange) checksumMismatches({ database, graph: await graph() }, details);
  return found;
}

/** @throws What does not pass by itself. */
function passing(error: unknown, label: string): NotReady {
  if (error instanceof SqlError) {
    const { sqlstate, message } = error.server;
    if (!isServersTrouble(sqlstate)) throw error;
    const why = `${label} refused: ${message} (SQLSTATE ${sqlstate})`;
    return { reason: "connection/refused-by-server", why, hint: undefined };
  }
  if (!(error instanceof Failure) || !passes(error)) throw error;
  return { reason: error.code, why: error.message, hint: error.hint };
}

function passes({ code, facts }: Failure): boolean {
  if (code === "connection/refused-by-server") return isServersTrouble(String(facts["sqlstate"]));
  // So does a proxy answer that has nobody behind it yet.
  if (code === "connection/tls") return facts["closed"] === true;
  return PASSING.has(code);
}

/** Classes 08 connection, 53 resources, 57 intervention, 58 system; poolers say the first and last. */
function isServersTrouble(sqlstate: string): boolean {
  return /^(08|53|57|58)/.test(sqlstate);
}
