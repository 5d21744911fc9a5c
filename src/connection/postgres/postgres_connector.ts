/**
 * Opens a session from settings: decides which hosts to try, in which ways, and when to stop.
 *
 * @module
 */

import { type Code, Failure } from "../../failure.ts";
import { dial, type DialCandidate, dialCandidates } from "./dial.ts";
import { connectionFailure, interrupted, noAnswerIn, tlsFailure } from "../socket/dial_failure.ts";
import { missingSystemRight } from "../session/missing_system_right.ts";
import { poolerRefusal } from "../session/pooler_messages.ts";
import { PostgresSession } from "./postgres_session.ts";
import { label as labelOf } from "../settings/redact.ts";
import {
  ANSWER_LIMIT,
  type Connector,
  type OpenOptions,
  type ServerError,
  type ServerFacts,
  SqlError,
} from "../session/session.ts";
import type { ServerSettings, TargetSession } from "../settings/settings.ts";
import { LONGEST_TIMER } from "../socket/silence.ts";

/** Opens sessions with the server that the settings name. */
export function postgresConnector(settings: ServerSettings): Connector {
  return {
    label: labelOf(settings),
    open: async (options) => {
      if (settings.targetSession !== "prefer-standby") {
        return await openAny(settings, options);
      }
      // As libpq does: all hosts once for a standby, and once more for any server.
      return await openAny({ ...settings, targetSession: "standby" }, options)
        .catch((error: unknown) => {
          if (!(error instanceof Failure) || !leadsOn(error) || options.signal?.aborted) {
            throw error;
          }
          return openAny({ ...settings, targetSession: "any" }, options);
        });
    },
  };
}

/**
 * After these failures the next host is tried, because this one does not answer or is not the wanted
 * server. After all other failures the same host is tried in another way (with or without TLS), and then
 * no other host: a server that answers and refuses has decided.
 */
const LEADS_ON: ReadonlySet<Code> = new Set<Code>([
  "connection/refused",
  "connection/unreachable",
  "connection/host-not-found",
  "connection/timeout",
  "connection/starting",
  "connection/target-session",
]);

function leadsOn({ code }: Failure): boolean {
  return LEADS_ON.has(code);
}

async function openAny(settings: ServerSettings, options: OpenOptions): Promise<PostgresSession> {
  const candidates = dialCandidates(settings);
  const refusals = new Map<number, Failure>();
  const skipped = new Set<number>();
  for (const [index, candidate] of candidates.entries()) {
    if (skipped.has(candidate.host)) continue;
    try {
      return await openFitting(settings, candidate, options);
    } catch (error) {
      if (!(error instanceof Failure) || options.signal?.aborted) throw error;
      // The first refusal is the most useful one: the second try of `prefer` is the same without TLS.
      if (!refusals.has(candidate.host)) refusals.set(candidate.host, error);
      if (leadsOn(error)) skipped.add(candidate.host);
      else if (candidates[index + 1]?.host !== candidate.host) break;
    }
  }
  throw together([...refusals.values()]);
}

/** The failures of all hosts, with the code of the one that ended the search, or else of the first. */
function together(refusals: readonly Failure[]): Failure {
  const telling = refusals.find((one) => !leadsOn(one)) ?? refusals[0];
  if (telling === undefined) throw new Error("no host to connect to");
  if (refusals.length === 1) return telling;
  const { code, hint, facts } = telling;
  const messages = new Set(refusals.map(({ message }) => message));
  return new Failure(code, [...messages].join(" "), {
    facts,
    ...(hint === undefined ? {} : { hint }),
    cause: telling,
  });
}

async function openFitting(
  settings: ServerSettings,
  candidate: DialCandidate,
  options: OpenOptions,
): Promise<PostgresSession> {
  const session = await openOne(settings, candidate, options);
  if (fits(settings.targetSession, session.server)) return session;
  await session.close();
  throw wrongKind(hereOf(settings, candidate));
}

/** The settings of the host that is tried. */
function hereOf(settings: ServerSettings, { host }: DialCandidate): ServerSettings {
  return { ...settings, hosts: settings.hosts.slice(host, host + 1) };
}

async function openOne(
  settings: ServerSettings,
  candidate: DialCandidate,
  options: OpenOptions,
): Promise<PostgresSession> {
  const { signal, firstAnswerLimit, answerLimit = ANSWER_LIMIT } = options;
  const limit = Math.min(firstAnswerLimit ?? answerLimit, LONGEST_TIMER);
  const here = hereOf(settings, candidate);
  const socket = await dial(settings, candidate, { signal, limit: firstAnswerLimit });
  const session = new PostgresSession({ settings, candidate, socket, options });
  // A server may accept the connection and then send nothing for a long time.
  const stop = () => void socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    stop();
  }, limit);
  try {
    await session.askFacts();
    return session;
  } catch (error) {
    socket.destroy();
    if (signal?.aborted) throw interrupted(here, signal);
    if (isLate) {
      throw session.isHeard ? noAnswer(here, limit) : connectionFailure(here, noAnswerIn(limit));
    }
    throw error instanceof SqlError
      ? refused(here, error.server)
      : error instanceof Failure
      ? lostAtOnce(error, { settings: here, unheard: candidate.tls && !session.isHeard })
      : error;
  } finally {
    clearTimeout(late);
    signal?.removeEventListener("abort", stop);
  }
}

function fits(target: TargetSession, { standby, readOnly }: ServerFacts): boolean {
  switch (target) {
    case "any":
    case "prefer-standby":
      return true;
    case "read-write":
      return !standby && !readOnly;
    case "read-only":
      return standby || readOnly;
    case "primary":
      return !standby;
    case "standby":
      return standby;
  }
}

function wrongKind(settings: ServerSettings): Failure {
  return new Failure(
    "connection/target-session",
    `Connected to ${labelOf(settings)}, but that server is not ${settings.targetSession}.`,
    { hint: "Check target_session_attrs and the list of hosts." },
  );
}

const WORDS: Readonly<Record<string, readonly [Failure["code"], string]>> = {
  "28P01": [
    "connection/authentication",
    "Check the role and its password (PGPASSWORD, the pass file or the URL).",
  ],
  "28000": [
    "connection/authentication",
    "Check the role, and what pg_hba.conf on the server lets in.",
  ],
  "53300": [
    "connection/too-many",
    "Wait for other sessions to end, or raise max_connections.",
  ],
  "57P03": [
    "connection/starting",
    "The server is starting, stopping or recovering. Try again in a moment.",
  ],
};

/** The failure for a server's error during login. */
function refused(
  settings: ServerSettings,
  { sqlstate, message }: Pick<ServerError, "sqlstate" | "message">,
): Failure {
  const pooler = WORDS[sqlstate] || sqlstate === "3D000" ? undefined : poolerRefusal(message);
  const [code, hint] = sqlstate === "3D000"
    ? [
      "connection/no-such-database" as const,
      "Check the name and the server: psql --list shows the databases there. Only if it is to be a " +
      `new one: createdb ${settings.database}`,
    ]
    : sqlstate === "42501"
    ? [
      "connection/not-permitted" as const,
      missingSystemRight(message, quoted(settings.user)) ??
        "Let its owner, or an administrator, run: GRANT CONNECT ON DATABASE " +
          `${quoted(settings.database)} TO ${quoted(settings.user)}`,
    ]
    : WORDS[sqlstate] ?? (pooler ? [pooler.code, pooler.hint] : undefined) ??
      ["connection/refused-by-server" as const, "Read the server's log for the whole story."];
  return new Failure(
    code,
    `Connecting to ${labelOf(settings)} failed: ${message} (SQLSTATE ${sqlstate}).`,
    { hint, facts: { sqlstate } },
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A pooler may accept a client, and reject it when it has no server for the first query. A server checks the
 * client's certificate after the client has finished the handshake. Its reason for closing the connection
 * usually arrives, but not always.
 *
 * @param options.unheard TLS was negotiated, and the server has sent nothing since.
 */
function lostAtOnce(
  failure: Failure,
  { settings, unheard }: { readonly settings: ServerSettings; readonly unheard: boolean },
): Failure {
  const { reason } = failure.facts;
  if (failure.code !== "connection/lost") return failure;
  const said = typeof reason === "string" ? reason : "";
  const isAlert = /\balert\b/i.test(said.replaceAll("_", " "));
  if (isAlert || (unheard && settings.sslCert !== undefined)) {
    return tlsFailure(
      settings,
      `the server broke it off after the handshake${said === "" ? "" : ` (${said})`}`,
      settings.sslCert === undefined
        ? "If it asks for a certificate, name one with sslcert and sslkey."
        : `Does the server trust who issued ${settings.sslCert}, and is it still valid?`,
    );
  }
  return poolerRefusal(said) ? refused(settings, { sqlstate: "08P01", message: said }) : failure;
}

function noAnswer(settings: ServerSettings, limit: number): Failure {
  return new Failure(
    "connection/no-answer",
    `Connecting to ${labelOf(settings)} failed: it let us in, but did not answer the first query ` +
      `within ${Math.round(limit / 1000)} s.`,
    {
      hint: "A pooler answers only when a connection of its pool is free: look at its pool_size " +
        "and at SHOW POOLS on its admin console.",
    },
  );
}
