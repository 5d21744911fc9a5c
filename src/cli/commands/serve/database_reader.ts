/**
 * Reads one database for pages, by one session, in bounded time.
 *
 * @module
 */

import type { Connector, Session } from "../../../connection/session/session.ts";
import { Failure } from "../../../failure.ts";
import type { Clock } from "../../../runtime/clock.ts";

/** Milliseconds in which a page must have its answer: a silent server must not keep it. */
const ANSWER_LIMIT = 5_000;

/** What a reader needs. */
export interface DatabaseReaderOptions {
  /** The database of the product. */
  readonly name: string;
  readonly connector: Connector;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs one read at a time; others wait in line. */
export class DatabaseReader {
  readonly #options: DatabaseReaderOptions;
  #session: Session | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DatabaseReaderOptions) {
    this.#options = options;
  }

  /** The server without its password. */
  get server(): string {
    return this.#options.connector.label;
  }

  /**
   * Reads with a session that is in no transaction.
   *
   * @throws {Failure} `connection/timeout` when the time is up; what the work throws.
   */
  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const before = this.#last;
    const { clock, signal, connector } = this.#options;
    const limit = new AbortController();
    const turn = before.catch(() => {}).then(async () => {
      limit.signal.throwIfAborted();
      return await work(await this.#open(limit.signal));
    });
    this.#last = turn.catch(() => {});
    const waited = new AbortController();
    const late = clock.sleep(ANSWER_LIMIT, AbortSignal.any([waited.signal, signal])).then(() => {
      const failure = new Failure(
        "connection/timeout",
        `${connector.label} did not answer within ${ANSWER_LIMIT / 1_000} s.`,
        { hint: "See what it is busy with: migrator doctor" },
      );
      limit.abort(failure);
      // The next read opens another session.
      this.#session?.abandon();
      throw failure;
    });
    late.catch(() => {});
    try {
      return await Promise.race([turn, late]);
    } finally {
      waited.abort();
    }
  }

  async #open(signal: AbortSignal): Promise<Session> {
    if (this.#session !== undefined && !this.#session.isLost) return this.#session;
    await this.#session?.close();
    this.#session = undefined;
    const { name, connector } = this.#options;
    return this.#session = await connector.open({
      applicationName: `migrator ${name} (page)`,
      signal: AbortSignal.any([signal, this.#options.signal]),
      answerLimit: ANSWER_LIMIT,
    });
  }

  async close(): Promise<void> {
    this.#session?.abandon();
    await this.#last;
    await this.#session?.close();
  }
}
