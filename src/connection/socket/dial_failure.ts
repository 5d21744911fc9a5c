// Pure.
/**
 * Builds the failures of opening a socket.
 *
 * @module
 */

import { Failure, type FailureDetails } from "../../failure.ts";
import { isSocketDirectory, label, redactServerText } from "../settings/redact.ts";
import type { ServerSettings } from "../settings/settings.ts";

/** @param settings The settings of the host that was tried. */
export function interrupted(settings: ServerSettings, signal: AbortSignal): Failure {
  return new Failure(
    "connection/interrupted",
    `Connecting to ${label(settings)} was interrupted.`,
    { cause: signal.reason },
  );
}

/**
 * TLS could not be negotiated.
 *
 * @param settings The settings of the host that was tried.
 * @param reason A clause without a full stop.
 */
export function tlsFailure(settings: ServerSettings, reason: string, hint: string): Failure {
  return unsecured(settings, reason, { hint });
}

/**
 * The server closed the connection after the request for TLS. A proxy without a server behind it does the
 * same, so `facts.closed` distinguishes this from a rejected certificate.
 */
export function closedFailure(settings: ServerSettings): Failure {
  return unsecured(settings, "the server closed the connection when it was asked for TLS", {
    hint: "Is this a PostgreSQL server? Read its log.",
    facts: { closed: true },
  });
}

function unsecured(settings: ServerSettings, reason: string, details: FailureDetails): Failure {
  const said = redactServerText(reason);
  return new Failure(
    "connection/tls",
    `Securing the connection to ${label(settings)} (sslmode=${settings.sslMode}) failed: ${said}.`,
    details,
  );
}

/**
 * Turns a system error of a connection or a DNS lookup into a failure.
 *
 * @param settings The settings of the host that was tried.
 */
export function connectionFailure(settings: ServerSettings, error: unknown): Failure {
  const code = codeOf(error);
  const { host = "", port = 5432 } = settings.hosts[0] ?? {};
  const attempted = `Connecting to ${label(settings)} (sslmode=${settings.sslMode}) failed`;
  const facts = { system_error: code };
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NONAME":
    case "EAI_FAIL":
    case "ENODATA":
      return new Failure(
        "connection/host-not-found",
        `${attempted}: the name ${host} has no address (${code}).`,
        { facts, hint: `Check the spelling and the name service: getent hosts ${host}` },
      );
    case "ETIMEDOUT":
      return new Failure(
        "connection/timeout",
        `${attempted}: ${silence(settings, error)}.`,
        {
          facts,
          hint: `Check the address, the port and the firewall: pg_isready -h ${host} -p ${port}`,
        },
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return new Failure(
        "connection/unreachable",
        `${attempted}: no route leads there (${code}).`,
        {
          facts,
          hint: `Check the address and the network: pg_isready -h ${host} -p ${port}`,
        },
      );
    default:
      return new Failure("connection/refused", `${attempted}: ${refusal(settings, error)}.`, {
        facts,
        hint: isSocketDirectory(host)
          ? `Is the server running, and is this its socket directory? Try: ls -la ${host}`
          : `Is the server running, and does it listen there? Try: pg_isready -h ${host} -p ${port}`,
      });
  }
}

/** The error of a wait that migrator ended. */
export function noAnswerIn(milliseconds: number): Error {
  const error = new Error(`no answer in ${milliseconds} ms`);
  return Object.assign(error, { code: "ETIMEDOUT", milliseconds });
}

/** The duration of the system's own limit is unknown. */
function silence({ connectTimeout }: ServerSettings, error: unknown): string {
  const { milliseconds } = error as { readonly milliseconds?: number };
  if (milliseconds === undefined) return "no answer";
  const within = `no answer within ${Math.round(milliseconds / 1_000)} s`;
  return milliseconds === 1_000 * connectTimeout ? `${within} (connect_timeout)` : within;
}

/** Something answers there that is not PostgreSQL. */
export function notPostgres(label: string): Failure {
  return new Failure(
    "connection/protocol",
    `What answers at ${label} does not answer as PostgreSQL does.`,
    {
      hint: "Check the host and the port: is it a PostgreSQL server, or a pooler in front of one?",
    },
  );
}

/** The server sent what the protocol does not allow; the connection is closed. */
export function unreadableAnswer(label: string, cause: unknown): Failure {
  const reason = redactServerText(cause instanceof Error ? cause.message : String(cause));
  return new Failure(
    "connection/protocol",
    `What ${label} sent cannot be read as PostgreSQL's protocol: ${reason}.`,
    {
      hint:
        "Check the host and the port, and what is between here and the server. Then run the same " +
        "command again: it looks at what was done.",
      cause,
    },
  );
}

function refusal(settings: ServerSettings, error: unknown): string {
  const code = codeOf(error);
  const { host = "", port = 5432 } = settings.hosts[0] ?? {};
  if (code === "ECONNREFUSED") {
    const { isVague } = error as { readonly isVague?: boolean };
    return `nothing listens there${isVague ? ", or no route leads there" : ""} (ECONNREFUSED)`;
  }
  if (isSocketDirectory(host) && code === "ENOENT") {
    return `there is no socket ${host}/.s.PGSQL.${port}`;
  }
  if (code === "EACCES" || code === "EPERM") return `not permitted (${code})`;
  const said = error instanceof Error ? error.message : String(error);
  return redactServerText(said);
}

/** The code, such as `ECONNREFUSED`, also from inside an AggregateError. Empty if the error has none. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}
