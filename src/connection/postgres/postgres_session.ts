/**
 * Sessions with a PostgreSQL server, over postgres.js.
 *
 * postgres.js is a pool. When a pool of one loses its connection, it silently runs the next query in a
 * new session, without the locks and the open transaction of the old one. So it gets one dialled socket
 * and no second one, and every wait races the loss of that socket: queued queries would never settle.
 *
 * @module
 */

import type * as net from "node:net";
import postgres from "postgres";
import { Failure } from "../../failure.ts";
import { dial, type DialCandidate } from "./dial.ts";
import { lastServerError } from "./last_server_error.ts";
import { cutHint } from "../session/pooler_messages.ts";
import { connectionFailure, notPostgres, unreadableAnswer } from "../socket/dial_failure.ts";
import { label as labelOf, redactServerText } from "../settings/redact.ts";
import { MessageGuard } from "./message_guard.ts";
import { encodePassword } from "./password_encoding.ts";
import { toNotice, toServerError } from "./server_messages.ts";
import {
  type Answer,
  type Notice,
  type OpenOptions,
  type PipelineResult,
  type Row,
  type ServerError,
  type ServerFacts,
  type Session,
  SqlError,
} from "../session/session.ts";
import type { ServerSettings } from "../settings/settings.ts";
import { withoutVariables } from "./without_variables.ts";

/** Every type that postgres.js would turn into something else than PostgreSQL's text. */
const AS_TEXT = {
  to: 0,
  from: [16, 17, 20, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802],
  serialize: (value: unknown) => String(value),
  parse: (text: string) => text,
};

const FACTS = `SELECT pg_catalog.pg_backend_pid() AS pid, CURRENT_USER AS role,
  pg_catalog.current_setting('server_version_num') AS version,
  pg_catalog.current_setting('synchronous_commit') AS synchronous_commit,
  pg_catalog.current_setting('default_transaction_read_only') AS read_only,
  pg_catalog.pg_is_in_recovery() AS standby`;

/** Milliseconds for a cancel request, which nobody answers. */
const CANCEL_TIMEOUT = 3_000;

type Client = postgres.Sql<Record<string, never>>;
type RawQuery = Record<"resolve" | "reject", (value: unknown) => unknown>;
type RawResult = postgres.RowList<postgres.Row[]>;

/** One session; see the module for why it is no pool. */
export class PostgresSession implements Session {
  server: ServerFacts = {
    version: 0,
    pid: 0,
    role: "",
    pooling: "none",
    synchronousCommit: "on",
    readOnly: false,
    standby: false,
    embedded: false,
  };
  readonly lost: Promise<never>;
  isLost = false;
  onNotice: (notice: Notice, message: number) => void = () => {};
  readonly #client: Client;
  readonly #settings: ServerSettings;
  readonly #candidate: DialCandidate;
  readonly #socket: net.Socket;
  #backend: { pid: number; secret: number } | undefined;
  /** What the connection brought last. */
  #latest: Uint8Array = new Uint8Array();
  /** The error that broke the connection, which postgres.js may come too late to hear of. */
  #broken: Error | undefined;
  #closing = false;
  /** How many messages of the pipeline under way the server has answered. */
  #answered = 0;
  /** When the last answer came, by `performance.now()`. */
  #answeredAt = 0;
  readonly #options: OpenOptions;
  #lose!: (failure: Failure) => void;

  constructor(
    { settings, candidate, socket, options }: {
      readonly settings: ServerSettings;
      /** How `socket` was dialled; a cancel request goes the same way. */
      readonly candidate: DialCandidate;
      readonly socket: net.Socket;
      readonly options: OpenOptions;
    },
  ) {
    this.#settings = settings;
    this.#options = options;
    this.#candidate = candidate;
    this.#socket = socket;
    this.lost = new Promise((_, reject) => {
      this.#lose = (failure) => {
        if (this.isLost) return;
        this.isLost = true;
        reject(failure);
      };
    });
    this.lost.catch(() => {});
    const onGone = () => {
      if (this.#closing) return;
      this.#lose(
        lostFailure(labelOf(settings), lastServerError(this.#latest) ?? this.#broken?.message),
      );
    };
    socket.on("data", (bytes: Uint8Array) => this.#latest = bytes);
    socket.on("error", (error: Error) => this.#broken = error);
    socket.once("close", onGone);
    if (socket.destroyed) onGone();
    guardMessages(socket, (error) => {
      this.#lose(unreadableAnswer(labelOf(settings), error));
      socket.destroy();
    });

    let given = false;
    const wanted = {
      host: "dialled",
      port: 5432,
      database: settings.database,
      username: settings.user,
      password: () => encodePassword(this.#latest, settings.passwords[candidate.host]),
      max: 1,
      max_lifetime: null,
      idle_timeout: 0,
      connect_timeout: settings.connectTimeout,
      fetch_types: false,
      prepare: false,
      ssl: false,
      keep_alive: null,
      // So large that nothing waits in the pool's own queue while the connection is healthy.
      max_pipeline: 1_000_000,
      types: { text: AS_TEXT },
      connection: { ...settings.startup, application_name: options.applicationName.slice(0, 63) },
      onnotice: (notice: postgres.Notice) => this.onNotice(toNotice(notice), this.#answered),
      onclose: onGone,
      socket: () => {
        if (given) throw lostFailure(labelOf(settings));
        given = true;
        return socket;
      },
    } as unknown as postgres.Options<Record<string, postgres.PostgresType>>;
    this.#client = withoutVariables(() => postgres(wanted)) as unknown as Client;
  }

  /**
   * The first query: logs in and learns about the server.
   *
   * @throws {SqlError} What the server said instead of letting us in.
   */
  async askFacts(): Promise<void> {
    const { rows: [row] } = await this.query(FACTS);
    if (row === undefined || !/^\d+$/.test(row["version"] ?? "")) {
      throw notPostgres(labelOf(this.#settings));
    }
    this.server = {
      version: Number(row["version"]),
      pid: Number(row["pid"]),
      role: row["role"] ?? "",
      // A pooler makes up the key that cancels a query, and with it the process id.
      pooling: this.#backend?.pid === Number(row["pid"]) ? "none" : "unknown",
      synchronousCommit: row["synchronous_commit"] ?? "on",
      readOnly: row["read_only"] === "on",
      standby: row["standby"] === "t",
      embedded: false,
    };
  }

  /** True when the server has said anything at all. */
  get isHeard(): boolean {
    return this.#latest.length > 0;
  }

  async pipeline(messages: readonly string[]): Promise<PipelineResult> {
    this.#refuseIfLost();
    this.#answered = 0;
    const sent = messages.map((message) => this.#send(message));
    const settled = await this.#orLost(Promise.allSettled(sent));
    const answers: Answer[] = [];
    for (const [index, result] of settled.entries()) {
      if (result.status === "fulfilled") answers.push(result.value);
      else return { ok: false, failed: index, error: this.#serverError(result.reason), answers };
    }
    return { ok: true, answers };
  }

  async query(sql: string): Promise<Answer> {
    this.#refuseIfLost();
    try {
      return await this.#orLost(this.#send(sql));
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new SqlError(this.#serverError(error));
    }
  }

  async cancel(): Promise<void> {
    if (this.#backend === undefined || this.isLost) return;
    const request = new DataView(new ArrayBuffer(16));
    [16, 80877102, this.#backend.pid, this.#backend.secret].forEach((word, index) =>
      request.setInt32(index * 4, word)
    );
    try {
      const signal = AbortSignal.timeout(CANCEL_TIMEOUT);
      const socket = await dial(this.#settings, this.#candidate, { signal });
      signal.addEventListener("abort", () => socket.destroy(), { once: true });
      await new Promise<void>((resolve) => {
        socket.once("error", () => resolve());
        socket.once("close", () => resolve());
        socket.resume();
        // Left open until the other side closes: a pooler forgets a request whose sender hangs up.
        socket.write(new Uint8Array(request.buffer));
      });
    } catch {
      // The statement goes on until the server notices; the caller is on its way out already.
    }
  }

  abandon(): void {
    this.#lose(lostFailure(labelOf(this.#settings), "the server did not answer in time"));
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    if (this.isLost || this.#closing) return;
    this.#closing = true;
    await Promise.race([
      this.#client.end({ timeout: 1 }).catch(() => {}),
      this.lost.catch(() => {}),
    ]);
  }

  async #send(message: string): Promise<Answer> {
    const query = this.#client.unsafe(message).simple();
    this.#countAnswer(query as unknown as RawQuery, message);
    const result = await query as unknown as RawResult | RawResult[];
    // A new result begins only with new columns; commands without any share the one before them.
    const last = isSeveral(result) ? result[result.length - 1]! : result;
    this.#backend ??= (last as { state?: { pid: number; secret: number } }).state;
    return {
      command: last.command ?? "",
      count: last.count ?? 0,
      // After an error in the middle of rows postgres.js numbers the next ones on: skip the holes.
      rows: (last as unknown as Row[]).filter(() => true),
    };
  }

  /**
   * The library settles a query while it reads; whoever awaits it hears later, when notices of the next
   * message may have been read as well. So the count is taken where it settles.
   */
  #countAnswer(query: RawQuery, sql: string): void {
    const sentAt = performance.now();
    for (const settle of ["resolve", "reject"] as const) {
      const original = query[settle];
      query[settle] = (value) => {
        this.#answered++;
        const now = performance.now();
        this.#options.onQuery?.({
          application: this.#options.applicationName,
          sql,
          milliseconds: now - Math.max(sentAt, this.#answeredAt),
          ...(value instanceof postgres.PostgresError ? { sqlstate: value.code } : {}),
        });
        this.#answeredAt = now;
        return original(value);
      };
    }
  }

  #refuseIfLost(): void {
    if (this.isLost || this.#closing) throw lostFailure(labelOf(this.#settings));
  }

  #orLost<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    return Promise.race([promise, this.lost]);
  }

  /**
   * The server's own words, or a throw of `connection/lost` when it was the connection that ended.
   * FATAL and PANIC are sent just before the server hangs up.
   */
  #serverError(reason: unknown): ServerError {
    if (reason instanceof Failure) throw reason;
    // The login took longer than `connect_timeout`.
    if ((reason as { readonly code?: unknown } | undefined)?.code === "CONNECT_TIMEOUT") {
      const hosts = this.#settings.hosts.slice(this.#candidate.host, this.#candidate.host + 1);
      throw connectionFailure({ ...this.#settings, hosts }, { code: "ETIMEDOUT" });
    }
    if (!(reason instanceof postgres.PostgresError)) {
      const said = redactServerText(String((reason as Error)?.message));
      const failure = lostFailure(labelOf(this.#settings), said);
      this.#lose(failure);
      throw failure;
    }
    const error = toServerError(reason);
    if (this.server.pid !== 0 && (error.severity === "FATAL" || error.severity === "PANIC")) {
      const failure = lostFailure(labelOf(this.#settings), error.message);
      this.#lose(failure);
      throw failure;
    }
    return error;
  }
}

/**
 * Looks at what comes before the library reads it, and catches what the library throws while it reads:
 * both would otherwise end the process.
 */
function guardMessages(socket: net.Socket, onBroken: (error: unknown) => void): void {
  const guard = new MessageGuard();
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...given: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...given: unknown[]) => {
    if (event !== "data") return emit(event, ...given);
    try {
      guard.check(given[0] as Uint8Array);
      return emit(event, ...given);
    } catch (error) {
      onBroken(error);
      return true;
    }
  };
}

function lostFailure(label: string, why?: string): Failure {
  return new Failure(
    "connection/lost",
    `The connection to ${label} was lost${why ? `: ${why}` : ""}.`,
    {
      hint: cutHint(why) ??
        "Run the same command again: it looks at what was done and goes on from there.",
      ...(why ? { facts: { reason: why } } : {}),
    },
  );
}

/** A message that returns columns more than once answers with a list of results. */
function isSeveral(result: RawResult | RawResult[]): result is RawResult[] {
  return (result as { command?: unknown }).command === undefined;
}
