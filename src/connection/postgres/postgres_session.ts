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
import type { DialCandidate } from "./dial.ts";
import { lastServerError } from "./last_server_error.ts";
import { connectionLost, noAnswerFor } from "../session/connection_lost.ts";
import {
  connectionFailure,
  noAnswerIn,
  notPostgres,
  unreadableAnswer,
} from "../socket/dial_failure.ts";
import { label as labelOf, redactServerText } from "../settings/redact.ts";
import { guardMessages } from "./message_guard.ts";
import { encodePassword } from "./password_encoding.ts";
import { toNotice, toServerError } from "./server_messages.ts";
import {
  type Answer,
  ANSWER_LIMIT,
  type Notice,
  type OpenOptions,
  type PipelineOptions,
  type PipelineResult,
  type Row,
  type ServerError,
  type ServerFacts,
  type Session,
  SqlError,
  STOP_LIMIT,
} from "../session/session.ts";
import { factsQuery, toServerFacts, unknownFacts } from "../session/server_facts.ts";
import { AnswerProgress } from "./answer_progress.ts";
import { sendCancelRequest } from "./cancel_request.ts";
import { Silence } from "../socket/silence.ts";
import type { ServerSettings } from "../settings/settings.ts";
import { withoutVariables } from "./without_variables.ts";

/** Every type that postgres.js would turn into something else than PostgreSQL's text. */
const AS_TEXT = {
  to: 0,
  from: [16, 17, 20, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802],
  serialize: (value: unknown) => String(value),
  parse: (text: string) => text,
};

type Client = postgres.Sql<Record<string, never>>;
type RawQuery = Record<"resolve" | "reject", (value: unknown) => unknown>;
type RawResult = postgres.RowList<postgres.Row[]>;

/** One session; see the module for why it is no pool. */
export class PostgresSession implements Session {
  server: ServerFacts = unknownFacts({ embedded: false });
  readonly lost: Promise<never>;
  isLost = false;
  answerLimit: number;
  onNotice: (notice: Notice, statement: number) => void = () => {};
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
  /** When the last answer came, by `performance.now()`. */
  #answeredAt = 0;
  readonly #options: OpenOptions;
  readonly #silence: Silence;
  readonly #progress = new AnswerProgress();
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
    const { answerLimit = ANSWER_LIMIT, stopLimit = STOP_LIMIT, signal } = options;
    this.answerLimit = answerLimit;
    this.#silence = new Silence(
      { answer: () => this.answerLimit, stop: stopLimit, signal },
      (milliseconds) => this.abandon(noAnswerFor(milliseconds)),
    );
    this.lost = new Promise((_, reject) => {
      this.#lose = (failure) => {
        if (this.isLost) return;
        this.isLost = true;
        this.#silence.end();
        reject(failure);
      };
    });
    this.lost.catch(() => {});
    const onGone = () => {
      if (this.#closing) return;
      this.#lose(
        connectionLost(labelOf(settings), lastServerError(this.#latest) ?? this.#broken?.message),
      );
    };
    socket.on("data", (bytes: Uint8Array) => {
      this.#latest = bytes;
      this.#silence.heard();
    });
    socket.on("error", (error: Error) => this.#broken = error);
    socket.once("close", onGone);
    if (socket.destroyed) onGone();
    guardMessages(socket, {
      onMessage: (type, body) => this.#progress.message(type, body),
      onBroken: (error) => {
        this.#lose(unreadableAnswer(labelOf(settings), error));
        socket.destroy();
      },
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
      onnotice: (notice: postgres.Notice) =>
        this.onNotice(toNotice(notice), this.#progress.takeNotice()),
      onclose: onGone,
      socket: () => {
        if (given) throw connectionLost(labelOf(settings));
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
    const { rows: [row] } = await this.query(factsQuery(this.#options.condition));
    if (row === undefined || !/^\d+$/.test(row["version"] ?? "")) {
      throw notPostgres(labelOf(this.#settings));
    }
    // A pooler makes up the key that cancels a query, and with it the process id.
    const pooling = this.#backend?.pid === Number(row["pid"]) ? "none" : "unknown";
    this.server = toServerFacts(row, { pooling, embedded: false });
  }

  get silence(): number {
    return this.#silence.milliseconds;
  }

  /** True when the server has said anything at all. */
  get isHeard(): boolean {
    return this.#latest.length > 0;
  }

  async pipeline(
    messages: readonly string[],
    { rowsFrom = 0 }: PipelineOptions = {},
  ): Promise<PipelineResult> {
    this.#refuseIfLost();
    this.#progress.begin();
    const sent = messages.map((message, index) =>
      this.#send(message, { keepsRows: index >= rowsFrom })
    );
    const settled = await this.#orLost(Promise.allSettled(sent));
    const answers: Answer[] = [];
    const { block, completedBeforeError: completed } = this.#progress;
    for (const [index, result] of settled.entries()) {
      if (result.status === "fulfilled") answers.push(result.value);
      else {
        const error = this.#serverError(result.reason);
        return { ok: false, failed: index, completed, error, answers, block };
      }
    }
    return { ok: true, answers, block };
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
    await sendCancelRequest(this.#settings, this.#candidate, this.#backend);
  }

  abandon(why = "the server did not answer in time"): void {
    this.#lose(connectionLost(labelOf(this.#settings), why));
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    if (this.isLost || this.#closing) return;
    this.#closing = true;
    await Promise.race([
      this.#client.end({ timeout: 1 }).catch(() => {}),
      this.lost.catch(() => {}),
    ]);
    this.#silence.end();
    // Nobody may be there to take our goodbye.
    this.#socket.destroy();
  }

  async #send(message: string, { keepsRows = true } = {}): Promise<Answer> {
    const query = this.#client.unsafe(message).simple();
    this.#silence.asked();
    this.#observeAnswer(query as unknown as RawQuery, message);
    const allRows: Row[] = [];
    /** Where the rows of the last statement that returned any begin. */
    let first = 0;
    let source: unknown;
    // Given one by one, so that those that nobody wants are discarded.
    const result = await query.forEach((row, of) => {
      if (!keepsRows) return;
      if (of !== source) [first, source] = [allRows.length, of];
      allRows.push(row as Row);
    }) as unknown as RawResult | RawResult[];
    // A new result begins only with new columns; commands without any share the one before them.
    const last = isSeveral(result) ? result[result.length - 1]! : result;
    this.#backend ??= (last as { state?: { pid: number; secret: number } }).state;
    return {
      command: last.command ?? "",
      count: last.count ?? 0,
      rows: source === last ? allRows.slice(first) : [],
      allRows,
    };
  }

  /** The library settles a query while it reads; whoever awaits it hears of it later. */
  #observeAnswer(query: RawQuery, sql: string): void {
    const sentAt = performance.now();
    for (const settle of ["resolve", "reject"] as const) {
      const original = query[settle];
      query[settle] = (value) => {
        this.#silence.answered();
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
    if (this.isLost || this.#closing) throw connectionLost(labelOf(this.#settings));
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
      const { connectTimeout } = this.#settings;
      throw connectionFailure({ ...this.#settings, hosts }, noAnswerIn(1_000 * connectTimeout));
    }
    if (!(reason instanceof postgres.PostgresError)) {
      const said = redactServerText(String((reason as Error)?.message));
      const failure = connectionLost(labelOf(this.#settings), said);
      this.#lose(failure);
      throw failure;
    }
    const error = toServerError(reason);
    if (this.server.pid !== 0 && (error.severity === "FATAL" || error.severity === "PANIC")) {
      const failure = connectionLost(labelOf(this.#settings), error.message);
      this.#lose(failure);
      throw failure;
    }
    return error;
  }
}

/** A message that returns columns more than once answers with a list of results. */
function isSeveral(result: RawResult | RawResult[]): result is RawResult[] {
  return (result as { command?: unknown }).command === undefined;
}
