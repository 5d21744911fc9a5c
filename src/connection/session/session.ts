// Pure.
/**
 * The port to a PostgreSQL server: one session, which never reconnects.
 *
 * A session that has lost its connection stays lost. Every waiting or later call rejects with the same
 * failure; nothing is ever run in a new session instead.
 *
 * @module
 */

/** A row by column name. Values arrive as PostgreSQL's text, except that SQL NULL is `null`. */
export type Row = Readonly<Record<string, string | null>>;

/** The answer to one message. */
export interface Answer {
  /** The tag of its last statement without the count: `COMMIT`, `INSERT`, `CREATE`. */
  readonly command: string;
  /**
   * Of a message with one statement, the count in its tag: rows inserted, updated, deleted, selected.
   * 0 where there is none.
   */
  readonly count: number;
  /** The rows of the last statement in it that returned any columns. */
  readonly rows: readonly Row[];
  /** The rows of all its statements, in order. */
  readonly allRows: readonly Row[];
}

/** An error that the server reported. */
export interface ServerError {
  /** Five characters: `42P01`. */
  readonly sqlstate: string;
  /** `ERROR`, `FATAL` or `PANIC`; untranslated. */
  readonly severity: string;
  /** The primary message, in the language of the server. */
  readonly message: string;
  /** DETAIL of the message. */
  readonly detail?: string;
  /** HINT of the message. */
  readonly hint?: string;
  /** 1-based, in characters (code points) of the message that was sent. */
  readonly position?: number;
  /** CONTEXT: the functions that were running. */
  readonly where?: string;
  /** The schema of the object, where the server names it. */
  readonly schema?: string;
  /** The table, where the server names it. */
  readonly table?: string;
  /** The column, where the server names it. */
  readonly column?: string;
  /** The constraint, where the server names it. */
  readonly constraint?: string;
}

/** Whether a session is inside a transaction block, and whether that has failed. */
export type TransactionBlock = "none" | "open" | "failed";

/** The result of a pipeline. */
export type PipelineResult =
  & {
    /** The state that the server reported after the last message. */
    readonly block: TransactionBlock;
  }
  & ({ readonly ok: true; readonly answers: readonly Answer[] } | {
    readonly ok: false;
    /** Index of the first message that failed. Later messages were sent all the same. */
    readonly failed: number;
    /** The number of statements of that message that were complete before. */
    readonly completed: number;
    readonly error: ServerError;
    /** The answers of every message before it. */
    readonly answers: readonly Answer[];
  });

/** A notice, warning or info line that the server sent. */
export interface Notice {
  /** `ERROR`, `FATAL` or `PANIC`; untranslated. */
  readonly severity: string;
  /** Five characters: `42P01`. */
  readonly sqlstate: string;
  /** The primary message, in the language of the server. */
  readonly message: string;
  /** DETAIL of the message. */
  readonly detail?: string;
  /** HINT of the message. */
  readonly hint?: string;
}

/**
 * How a session is pooled: no known pooler; a pooler that gives it one backend for the whole session, or
 * one for each transaction; or a pooler whose mode is not known.
 */
export type Pooling = "none" | "session" | "transaction" | "unknown";

/** Facts about the server, read once when the session was opened. */
export interface ServerFacts {
  /** `server_version_num`, such as 180004. */
  readonly version: number;
  /**
   * The backend's process id, as the server itself sees it (a pooler may show another). Behind a
   * pooler it is that of the first transaction: another one may have another backend.
   */
  readonly pid: number;
  /** CURRENT_USER at the start of the session. */
  readonly role: string;
  /** How the session is pooled. */
  readonly pooling: Pooling;
  /** `synchronous_commit` as the session found it. */
  readonly synchronousCommit: string;
  /** `default_transaction_read_only` as the session found it. */
  readonly readOnly: boolean;
  /** `standard_conforming_strings` as the session found it: whether a backslash is only a character. */
  readonly standardStrings: boolean;
  /** Whether `OpenOptions.condition` held; undefined where none is given. */
  readonly conditionHeld?: boolean;
  /** True on a standby, which can only be read. */
  readonly standby: boolean;
  /** True for embedded PostgreSQL: one session in one process. */
  readonly embedded: boolean;
}

/** The options of a pipeline. */
export interface PipelineOptions {
  /** The number of the first message whose rows are kept; rows of earlier ones are discarded. */
  readonly rowsFrom?: number;
}

/** One session with a server. */
export interface Session {
  /** Facts about the server from when the session was opened. */
  readonly server: ServerFacts;

  /** Rejects when the connection is lost, never resolves. Safe to race against. */
  readonly lost: Promise<never>;

  /** True from the moment the connection is known to be gone. */
  readonly isLost: boolean;

  /** Milliseconds since the last byte from the server, while it owes an answer; otherwise 0. */
  readonly silence: number;

  /**
   * Milliseconds of silence after which the session is given up and lost. May be changed between two
   * calls; Infinity for statements that may take hours.
   */
  answerLimit: number;

  /**
   * Sends all messages at once, each as a simple-protocol message of its own, and waits for all of
   * the answers. A message may hold several statements; the server then runs them as one implicit
   * transaction unless they say otherwise.
   *
   * After an error the server skips the rest of its message, and the messages behind it still reach the
   * server. Inside a transaction block they are refused there (25P02), each with an error in the server's
   * log, and a final COMMIT rolls back. So statements that may fail are the last message of a pipeline.
   *
   * @param options.rowsFrom Index of the first message whose rows are wanted. Those of the messages before
   * it, which may be any number, are discarded as they come. Default: 0.
   * @throws {Failure} `connection/lost`.
   */
  pipeline(messages: readonly string[], options?: PipelineOptions): Promise<PipelineResult>;

  /**
   * One message. Values are written into it with `quoteLiteral`: the simple protocol has no parameters.
   *
   * @throws {SqlError} What the server refused.
   * @throws {Failure} `connection/lost`.
   */
  query(sql: string): Promise<Answer>;

  /**
   * Called with every notice, until replaced.
   *
   * @param statement Index of the statement in its message that the notice belongs to.
   */
  onNotice: (notice: Notice, statement: number) => void;

  /** Asks the server to cancel what this session runs now, by a connection of its own. Never throws. */
  cancel(): Promise<void>;

  /**
   * Abandons the session: closes its connection at once, and rejects every waiting call as lost. For a
   * server, or a network, that no longer answers.
   *
   * @param why A clause for the failure. Default: that the server did not answer in time.
   */
  abandon(why?: string): void;

  /** Ends the session with a Terminate message, or at once if it is lost. Never throws. */
  close(): Promise<void>;
}

/** The server refused a statement. Runner and history turn it into a `Failure` that says where. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  constructor(readonly server: ServerError) {
    super(server.message);
  }
}

/** Opens sessions with one database. */
export interface Connector {
  /** Host, port, database and role, safe to print: `postgres://app@db.example:5432/shop`. */
  readonly label: string;
  /**
   * Opens a session.
   *
   * @throws {Failure} `connection/*`, and `interrupted/*` when the signal is aborted.
   */
  open(options: OpenOptions): Promise<Session>;
}

/** The options of a new session. */
export interface OpenOptions {
  /** What pg_stat_activity shows; at most 63 bytes of it. */
  readonly applicationName: string;
  /** A condition in SQL that is evaluated with the first query. */
  readonly condition?: string;
  /**
   * Aborted with the `Failure` to end with. Ends the opening; and later, while an answer is due, gives
   * the server `stopLimit` to bring it. Nothing is cancelled by it.
   */
  readonly signal?: AbortSignal;
  /** Told of every message that the server has answered, in order. */
  readonly onQuery?: (query: AnsweredQuery) => void;
  /**
   * Milliseconds that the server may take for its first answer; poolers let clients wait for it.
   * Default: `answerLimit`.
   */
  readonly firstAnswerLimit?: number;
  /** The initial `answerLimit` of the session. Default: `ANSWER_LIMIT`. */
  readonly answerLimit?: number;
  /** Milliseconds of silence that count instead once the signal was aborted. Default: `STOP_LIMIT`. */
  readonly stopLimit?: number;
}

/** For sessions whose statements take seconds. */
export const ANSWER_LIMIT = 30_000;

/** For an interrupted process, which its supervisor may soon kill. */
export const STOP_LIMIT = 5_000;

/** One message to the server. */
export interface AnsweredQuery {
  /** The session's `application_name`. */
  readonly application: string;
  /** As it was sent: values and all. */
  readonly sql: string;
  /** Since it was sent, or since the one before it was answered. */
  readonly milliseconds: number;
  /** Why it was refused. */
  readonly sqlstate?: string;
}
