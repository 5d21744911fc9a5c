/**
 * Opens the socket of a session as libpq does: TCP or Unix, with or without TLS.
 *
 * @module
 */

import * as dns from "node:dns/promises";
import * as net from "node:net";
import { Failure } from "../../failure.ts";
import { runtimeName } from "../../runtime/process.ts";
import { connectionFailure, interrupted, noAnswerIn } from "../socket/dial_failure.ts";
import { isSocketDirectory } from "../settings/redact.ts";
import type { Host, ServerSettings } from "../settings/settings.ts";
import { destroySocket, ignoreErrors, waitForEvent } from "../socket/wait_for_event.ts";
import { negotiateTls } from "../tls/tls_negotiation.ts";

/**
 * Seconds of silence before the first TCP keepalive. Systems wait two hours, for which a loss of the
 * connection that holds the migration lock would go unnoticed.
 */
const KEEPALIVE_IDLE = 30;

/**
 * Milliseconds for one address if `connect_timeout` is not set. Then libpq waits as long as the system
 * does, and for ever if a server accepts the connection and never answers.
 */
export const CONNECT_LIMIT = 30_000;

/** One way to try one host. */
export interface DialCandidate {
  /** Index into the settings' hosts. */
  readonly host: number;
  /** Ask the server for TLS. */
  readonly tls: boolean;
}

/**
 * Lists what libpq would try, in its order: every host, with and without TLS as `sslmode` allows. Unix
 * sockets never use TLS.
 *
 * The second candidate of a host is for a server that answered and refused. It cannot help after
 * `connection/refused`, `unreachable`, `host-not-found` and `timeout`; nor when the first candidate
 * requested TLS (`prefer`) and got plain text because the server has no TLS.
 */
export function dialCandidates(
  settings: ServerSettings,
  random: () => number = Math.random,
): readonly DialCandidate[] {
  const order = [...settings.hosts.keys()];
  if (settings.loadBalanceHosts) shuffle(order, random);
  return order.flatMap((host) =>
    waysOf(settings, settings.hosts[host]!).map((tls) => ({ host, tls }))
  );
}

function waysOf({ sslMode }: ServerSettings, { host, address }: Host): readonly boolean[] {
  if ((address === undefined && isSocketDirectory(host)) || sslMode === "disable") return [false];
  if (sslMode === "allow") return [false, true];
  return sslMode === "prefer" ? [true, false] : [true];
}

function shuffle(list: number[], random: () => number): void {
  for (let last = list.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [list[last], list[chosen]] = [list[chosen]!, list[last]!];
  }
}

/**
 * Tries one candidate: all addresses of its name in turn, each within `connectTimeout`, or
 * `CONNECT_LIMIT` if that is not set.
 *
 * The returned socket is ready for the startup packet. With TLS it is a `tls.TLSSocket` after the
 * handshake. Everything that was read from it is consumed. One listener stays on it, which ignores
 * errors that come before the caller listens; the socket may be destroyed by then.
 *
 * @param options.limit Milliseconds for one address, if that is less.
 * @throws {Failure} `connection/refused`, `unreachable`, `host-not-found`, `timeout`, `tls` or
 * `interrupted`.
 */
export async function dial(
  settings: ServerSettings,
  candidate: DialCandidate,
  { signal, limit = Infinity }: {
    readonly signal?: AbortSignal | undefined;
    readonly limit?: number | undefined;
  } = {},
): Promise<net.Socket> {
  const host = settings.hosts[candidate.host];
  if (host === undefined) throw new RangeError(`there is no host ${candidate.host}`);
  const here: ServerSettings = { ...settings, hosts: [host] };
  if (signal?.aborted) throw interrupted(here, signal);
  const within = Math.min(1_000 * here.connectTimeout || CONNECT_LIMIT, limit);
  const targets = await targetsOf(here, host, { signal, limit: within });
  let last: unknown;
  for (const target of targets) {
    try {
      return await dialTarget(here, target, { tls: candidate.tls, signal, limit: within });
    } catch (error) {
      if (signal?.aborted) throw interrupted(here, signal);
      last = error instanceof Failure ? error : connectionFailure(here, error);
    }
  }
  throw last;
}

type Target = net.IpcSocketConnectOpts | net.TcpSocketConnectOpts;

/** What ends a wait. */
interface WaitLimits {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly limit: number;
}

async function targetsOf(
  settings: ServerSettings,
  { host, address, port }: Host,
  limits: WaitLimits,
): Promise<readonly Target[]> {
  const name = address ?? host;
  if (isSocketDirectory(name)) {
    const path = `${name}/.s.PGSQL.${port}`;
    return [{ path: path.startsWith("@") ? `\0${path.slice(1)}` : path }];
  }
  if (net.isIP(name) !== 0) return [{ host: name, port }];
  const { signal } = limits;
  const deadline = deadlineOf(limits);
  try {
    const found = await untilAborted(
      dns.lookup(name, { all: true, verbatim: true }),
      deadline.signal,
    );
    return found.map((one) => ({ host: one.address, family: one.family, port }));
  } catch (error) {
    throw signal?.aborted ? interrupted(settings, signal) : connectionFailure(settings, error);
  } finally {
    deadline.end();
  }
}

/** A signal for one wait: aborted with the reason of the given signal, or at the limit with ETIMEDOUT. */
function deadlineOf({ signal, limit }: WaitLimits): { signal: AbortSignal; end: () => void } {
  const deadline = new AbortController();
  const stop = () => deadline.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => deadline.abort(noAnswerIn(limit)), limit);
  return {
    signal: deadline.signal,
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    },
  };
}

/** A DNS lookup cannot be stopped; after an abort its answer is ignored. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

async function dialTarget(
  settings: ServerSettings,
  target: Target,
  { tls, ...limits }: WaitLimits & { readonly tls: boolean },
): Promise<net.Socket> {
  const deadline = deadlineOf(limits);
  let socket: net.Socket | undefined;
  try {
    socket = await connect(settings, target, deadline.signal);
    return tls ? await negotiateTls(settings, socket, deadline.signal) : socket;
  } catch (error) {
    if (socket !== undefined) destroySocket(socket);
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    deadline.end();
  }
}

/**
 * Milliseconds after which an ECONNREFUSED cannot be a refusal, which takes one round trip. The system
 * gives up a host that does not answer ARP after three seconds.
 */
const LONGEST_REFUSAL = 2_500;

/** Bun reports ECONNREFUSED for every connection that the system could not make. */
function trueRefusal(
  error: unknown,
  { target: { host = "" }, milliseconds }: {
    readonly target: net.TcpSocketConnectOpts;
    readonly milliseconds: number;
  },
): unknown {
  const { code } = error as { readonly code?: unknown };
  if (code !== "ECONNREFUSED" || !runtimeName().startsWith("bun")) return error;
  if (/^127\.|^::1$/.test(host)) return error;
  const isHostGone = milliseconds > LONGEST_REFUSAL;
  return Object.assign(error as Error, isHostGone ? { code: "EHOSTUNREACH" } : { isVague: true });
}

async function connect(
  settings: ServerSettings,
  target: Target,
  signal: AbortSignal,
): Promise<net.Socket> {
  const began = performance.now();
  const socket = ignoreErrors(net.connect(target));
  try {
    await waitForEvent(socket, signal, (done) => ({ connect: done }));
  } catch (error) {
    throw "port" in target
      ? trueRefusal(error, { target, milliseconds: performance.now() - began })
      : error;
  }
  if ("port" in target) {
    socket.setNoDelay(true);
    socket.setKeepAlive(settings.keepalives, (settings.keepalivesIdle ?? KEEPALIVE_IDLE) * 1000);
  }
  return socket;
}
