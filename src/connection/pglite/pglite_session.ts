/**
 * Sessions with embedded PostgreSQL.
 *
 * The engine is one session. Several logical sessions share it in turns: each call waits for its turn,
 * and a session in a transaction block keeps the engine until the block ends. They share settings made
 * outside transactions, temporary tables and session-level locks.
 *
 * When the call of a commit returns, its data is with the operating system: a killed process loses nothing.
 * PGlite does not wait for the disk, so a power cut may.
 *
 * @module
 */

import { factsQuery, toServerFacts, unknownFacts } from "../session/server_facts.ts";
import { Failure } from "../../failure.ts";
import { label } from "../settings/redact.ts";
import {
  type Answer,
  type Connector,
  type Notice,
  type OpenOptions,
  type PipelineResult,
  type ServerFacts,
  type Session,
  SqlError,
} from "../session/session.ts";
import type { EmbeddedSettings } from "../settings/settings.ts";
import type { PgliteInstance } from "./instance.ts";
import type { PgliteReply } from "./protocol.ts";

const BLOCKS = { I: "none", T: "open", E: "failed" } as const;

/** Opens sessions with embedded PostgreSQL, which is loaded when the first one is opened. */
export function pgliteConnector(settings: EmbeddedSettings): Connector {
  return instanceConnector(label(settings), async () => {
    const { pgliteInstance } = await import("./instance.ts");
    return await pgliteInstance(settings.directory);
  });
}

/** The same for an engine that the caller has started. */
export function instanceConnector(
  label: string,
  instanceOf: () => Promise<PgliteInstance>,
): Connector {
  return {
    label,
    async open(options): Promise<Session> {
      options.signal?.throwIfAborted();
      const instance = await instanceOf();
      instance.enter();
      const session = new PgliteSession(instance, label, options);
      await session.askFacts();
      return session;
    },
  };
}

class PgliteSession implements Session {
  server: ServerFacts = unknownFacts({ embedded: true });
  readonly lost: Promise<never>;
  onNotice: (notice: Notice, statement: number) => void = () => {};
  #closed = false;
  /** Ends this session's turn; set while it has one. */
  #endTurn: (() => void) | undefined;
  /** Calls of one session run in the order in which they were made. */
  #last: Promise<unknown> = Promise.resolve();
  #failure: Failure | undefined;
  #lose!: (failure: Failure) => void;

  constructor(
    private readonly instance: PgliteInstance,
    private readonly label: string,
    private readonly options: OpenOptions,
  ) {
    this.lost = new Promise((_, reject) => this.#lose = reject);
    this.lost.catch(() => {});
  }

  get isLost(): boolean {
    return this.#failure !== undefined;
  }

  async askFacts(): Promise<void> {
    const { rows: [row] } = await this.query(factsQuery(undefined));
    this.server = toServerFacts(row!, { pooling: "none", embedded: true });
  }

  /** The engine returns the whole answer at once, so rows cannot be discarded as they arrive. */
  async pipeline(messages: readonly string[]): Promise<PipelineResult> {
    const replies = await this.#run(messages);
    const failed = replies.findIndex(({ error }) => error !== undefined);
    const answers = (failed < 0 ? replies : replies.slice(0, failed)).map(({ answer }) => answer);
    const { error, completed = 0 } = replies[failed] ?? {};
    const block = BLOCKS[replies.at(-1)?.status ?? "I"];
    return error === undefined
      ? { ok: true, answers, block }
      : { ok: false, failed, completed, error, answers, block };
  }

  async query(sql: string): Promise<Answer> {
    const [reply] = await this.#run([sql]);
    if (reply?.error !== undefined) throw new SqlError(reply.error);
    return reply?.answer ?? { command: "", count: 0, rows: [], allRows: [] };
  }

  /** The engine runs in this thread: nothing else can happen before the statement is over. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  /** The engine runs in this thread: no call can run before the answer is there. */
  readonly silence = 0;
  answerLimit = Infinity;

  /** The engine runs in this process and always answers, so there is nothing to close. */
  abandon(): void {}

  async close(): Promise<void> {
    if (this.#closed) return;
    if (!this.isLost) {
      await this.#last.catch(() => {});
      if (this.#endTurn !== undefined) await this.query("ROLLBACK").catch(() => {});
    }
    if (this.#closed) return;
    this.#closed = true;
    this.instance.leave();
  }

  #run(messages: readonly string[]): Promise<readonly PgliteReply[]> {
    const running = this.#last.catch(() => {}).then(() => this.#runNow(messages));
    this.#last = running.catch(() => {});
    return running;
  }

  async #runNow(messages: readonly string[]): Promise<readonly PgliteReply[]> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw this.#connectionLost("it was closed");
    await this.#takeTurn();
    let inTransaction = false;
    try {
      const replies: PgliteReply[] = [];
      for (const message of messages) {
        const sentAt = performance.now();
        const reply = await this.instance.send(message);
        inTransaction = reply.status !== "I";
        this.options.onQuery?.({
          application: this.options.applicationName,
          sql: message,
          milliseconds: performance.now() - sentAt,
          ...(reply.error === undefined ? {} : { sqlstate: reply.error.sqlstate }),
        });
        for (const { notice, statement } of reply.notices) this.onNotice(notice, statement);
        replies.push(reply);
      }
      return replies;
    } catch (cause) {
      inTransaction = false;
      throw this.#breakDown(cause);
    } finally {
      if (!inTransaction) {
        this.#endTurn?.();
        this.#endTurn = undefined;
      }
    }
  }

  async #takeTurn(): Promise<void> {
    if (this.#endTurn !== undefined) return;
    const before = this.instance.turn;
    this.instance.turn = new Promise((resolve) => this.#endTurn = resolve);
    await before;
  }

  #breakDown(cause: unknown): Failure {
    this.#failure = this.#connectionLost((cause as Error).message, cause);
    this.#lose(this.#failure);
    return this.#failure;
  }

  #connectionLost(why: string, cause?: unknown): Failure {
    return new Failure(
      "connection/lost",
      `The connection to ${this.label} was lost: ${why}.`,
      {
        hint: "Run the same command again: it looks at what was done and goes on from there.",
        cause,
      },
    );
  }
}
