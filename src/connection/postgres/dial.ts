/**
 * Opens the one socket of a session: TCP or Unix, with TLS or without, as libpq would.
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
 * Seconds of silence after which the network is tried. Systems wait two hours: as long as nobody would
 * notice that the connection which holds the migration lock is gone.
 */
const KEEPALIVE_IDLE = 30;

/**
 * Milliseconds for one address where no `connect_timeout` says otherwise. libpq then waits for as long
 * as the system does, and for ever where somebody takes the connection and never says a word.
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
 * What libpq would try, in its order: every host with the ways that `sslmode` leaves open. Unix
 * sockets never use TLS.
 *
 * A second candidate of the same host is for a server that answered and refused. It is pointless
 * after `connection/refused`, `unreachable`, `host-not-found` and `timeout`, and when the first one
 * asked for TLS (`prefer`) but came back in plain text because the server has none.
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
 * Tries one candidate, all addresses of its name in turn, each within `connectTimeout`, or else
 * `CONNECT_LIMIT`.
 *
 * The socket is ready for the startup packet: TLS is done (it is a `tls.TLSSocket` then), nothing
 * has been read from it that is not consumed, and no listener of ours is left on it but one that lets
 * errors pass: they may come before anybody else listens. It may be destroyed already then.
 *
 * @param options.limit Milliseconds for one address, where that is less.
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

/** How long to go on. */
interface Patience {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds. */
  readonly limit: number;
}

async function targetsOf(
  settings: ServerSettings,
  { host, address, port }: Host,
  patience: Patience,
): Promise<readonly Target[]> {
  const name = address ?? host;
  if (isSocketDirectory(name)) {
    const path = `${name}/.s.PGSQL.${port}`;
    return [{ path: path.startsWith("@") ? `\0${path.slice(1)}` : path }];
  }
  if (net.isIP(name) !== 0) return [{ host: name, port }];
  const { signal } = patience;
  const deadline = deadlineOf(patience);
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

/** A signal for one wait: aborted with the reason of the one given, or with ETIMEDOUT when it is late. */
function deadlineOf({ signal, limit }: Patience): { signal: AbortSignal; end: () => void } {
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

/** Looking up a name cannot be stopped; its answer is left alone instead. */
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
  { tls, ...patience }: Patience & { readonly tls: boolean },
): Promise<net.Socket> {
  const deadline = deadlineOf(patience);
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
 * Milliseconds after which a refusal is none: that takes one round trip. A host that does not answer
 * its neighbours is given up by the system after three seconds.
 */
const LONGEST_REFUSAL = 2_500;

/** Bun says ECONNREFUSED of every connection that the system could not make. */
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
