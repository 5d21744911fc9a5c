/**
 * Waits until a database is in the state that a program needs. Takes no lock, needs no write privilege,
 * and keeps no connection between two checks, because the runner needs two connections.
 *
 * @module
 */

import { isInstalled } from "../history/installed.ts";
import { isServersTrouble, isTransientFailure } from "../connection/session/transient_failure.ts";
import { type Connector, type Session, SqlError } from "../connection/session/session.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { type Code, Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { readHistory, readVersionDetails } from "../history/read_history.ts";
import type { HistoryName } from "../history/history_name.ts";
import { checksumMismatches } from "../plan/checksum_mismatch.ts";
import { readiness, type RequiredVersions } from "../plan/readiness.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RunReporter } from "./context/event.ts";

/** What to wait for, and how long. */
export interface WaitOptions {
  readonly history: HistoryName;
  /** The versions that must be applied; undefined when a connection is enough. */
  readonly needed: RequiredVersions | undefined;
  /**
   * Reads the definitions. Called at most once, at the end, and only if names in the history differ from
   * those of `needed`, because it may have to load PostgreSQL's parser.
   */
  readonly graph: () => Promise<Graph<Definition>>;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly report: RunReporter;
  /** Aborted with the `Failure` to end with. */
  readonly signal: AbortSignal;
  /** Milliseconds; 0 checks once. */
  readonly timeout: number;
}

/** Why the database is not ready. */
interface NotReady {
  readonly reason: string;
  readonly why: string;
  readonly hint: string | undefined;
}

/** The most milliseconds between two checks. */
const CHECK_EVERY = 2_000;

/** The most milliseconds of one check. */
const CHECK_TIMEOUT = 10_000;

/** Milliseconds that the last check has at least: cut shorter, it would blame the network of a busy host. */
const CHECK_AT_LEAST = 5_000;

/** Further failures that pass by themselves while databases are being set up. */
const SETTING_UP: ReadonlySet<Code> = new Set<Code>([
  "connection/no-such-database",
  // The first migrations may grant the privilege.
  "history/not-readable",
]);

/**
 * Checks until the database is ready, less and less often. Reports `not-ready` after the first check and
 * whenever the reason changes.
 *
 * Ready means that the versions are committed. Only the runner's event `durable` says that they are on
 * disk.
 *
 * @returns Versions that a newer program applied.
 * @throws {Failure} `status/not-ready` when the time is up; at once any failure that does not pass by
 * itself, such as `connection/authentication`, `connection/tls`, `history/other-product`.
 */
export async function waitUntilReady(
  waitOptions: WaitOptions,
): Promise<{ readonly newer: readonly bigint[] }> {
  const { clock, report, signal, connector, timeout, history: { database } } = waitOptions;
  const deadline = clock.elapsed() + timeout;
  for (let tries = 0, reported = "";; tries++) {
    const remaining = deadline - clock.elapsed();
    const found = await checkOnce(
      waitOptions,
      Math.min(CHECK_TIMEOUT, Math.max(CHECK_AT_LEAST, remaining)),
    );
    if ("newer" in found) return found;
    const { reason, why } = found;
    if (clock.elapsed() >= deadline) throw notReady(waitOptions, found);
    if (why !== reported) {
      report({ type: "not-ready", database, server: connector.label, reason, why });
      reported = why;
    }
    const pause = 50 + clock.random() * Math.min(CHECK_EVERY, 100 * 2 ** tries);
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

async function checkOnce(waitOptions: WaitOptions, limit: number): Promise<Found> {
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
      condition: isInstalled(history),
      signal: either,
    });
    either.throwIfAborted();
    return await check(waitOptions, session);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (late.signal.aborted) {
      return {
        reason: "connection/timeout",
        why: `${connector.label} did not answer within ${Math.round(limit / 1_000)} s`,
        hint: "Check the address, the port and the firewall.",
      };
    }
    return toNotReady(error, connector.label);
  } finally {
    clearTimeout(timer);
    either.removeEventListener("abort", stop);
    await session?.close();
  }
}

async function check({ needed, graph, history }: WaitOptions, session: Session): Promise<Found> {
  if (needed === undefined) return { newer: [] };
  const { database } = history;
  const known = await readHistory(session, history);
  const found = readiness({ database, graph: needed, history: known });
  if (!found.ready) return found;
  // The same versions may belong to another product; that is checked once, at the end.
  const details = await readVersionDetails(session, history);
  const namesDiffer = needed.ordered.some(({ version, name }) =>
    details.versions.get(version)?.name !== name
  );
  if (namesDiffer) checksumMismatches({ database, graph: await graph() }, details);
  return found;
}

/** @throws The error, if it does not pass by itself. */
function toNotReady(error: unknown, label: string): NotReady {
  if (error instanceof SqlError) {
    const { sqlstate, message } = error.server;
    if (!isServersTrouble(sqlstate)) throw error;
    const why = `${label} refused: ${message} (SQLSTATE ${sqlstate})`;
    return { reason: "connection/refused-by-server", why, hint: undefined };
  }
  const passes = error instanceof Failure &&
    (isTransientFailure(error) || SETTING_UP.has(error.code));
  if (!passes) throw error;
  return { reason: error.code, why: error.message, hint: error.hint };
}
