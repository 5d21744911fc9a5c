/**
 * Other databases of the product, for jobs. Each has its own connection, which is opened at first
 * use and closed at the end of the batch.
 *
 * @module
 */

import type { Answer, Session } from "../../connection/session/session.ts";
import { SqlError } from "../../connection/session/session.ts";
import { BODY_SEARCH_PATH, transaction } from "../state/background_transaction.ts";
import type { JobSql, OtherDatabase } from "./job.ts";
import { JobMisuse } from "../worker/job_error.ts";
import { type SqlValue, statementOf } from "./sql_fragment.ts";

/** Opens a session with a database of the product. @throws {JobMisuse | Failure} */
export type OpenDatabase = (database: string) => Promise<Session>;

/** The other databases of one batch. */
export class OtherDatabases {
  readonly #open: OpenDatabase;
  readonly #sessions = new Map<string, Promise<Session>>();
  /** Transactions on one database run one after another, because they share a session. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor({ open }: { readonly open: OpenDatabase }) {
    this.#open = open;
  }

  database(name: string): OtherDatabase {
    const inTurn = async <T>(work: (sql: JobSql) => Promise<T>): Promise<T> => {
      const before = this.#last.get(name) ?? Promise.resolve();
      const mine = before.catch(() => {}).then(() => this.#transaction(name, work));
      this.#last.set(name, mine);
      mine.catch(() => {});
      return await mine;
    };
    return {
      sql: (strings, ...values) => inTurn(({ sql }) => sql(strings, ...values)),
      query: (strings, ...values) => inTurn(({ query }) => query(strings, ...values)),
      transaction: inTurn,
    };
  }

  async #transaction<T>(name: string, work: (sql: JobSql) => Promise<T>): Promise<T> {
    const session = await this.#session(name);
    let isOpen = true;
    const send = async (strings: TemplateStringsArray, values: readonly SqlValue[]) => {
      if (!isOpen) throw new JobMisuse(`A transaction of ${name} was used after its end.`);
      return await one(session, statementOf(strings, values));
    };
    return await transaction(session, async () => {
      await session.query(BODY_SEARCH_PATH);
      try {
        return await work({
          sql: async (strings, ...values) => (await send(strings, values)).count,
          query: async (strings, ...values) => (await send(strings, values)).rows,
        });
      } finally {
        isOpen = false;
      }
    });
  }

  /** Opens a session, also in place of a lost one: the job repeats its sub-batch then. */
  async #session(name: string): Promise<Session> {
    const known = await this.#sessions.get(name)?.catch(() => undefined);
    if (known !== undefined && !known.isLost) return known;
    await known?.close();
    const opening = this.#open(name);
    this.#sessions.set(name, opening);
    return await opening;
  }

  async close(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) {
      if (session.status === "fulfilled") await session.value.close();
    }
  }
}

/** Sends one statement as a pipeline, which returns its row count. */
async function one(session: Session, statement: string): Promise<Answer> {
  const result = await session.pipeline([statement]);
  if (!result.ok) throw new SqlError(result.error);
  return result.answers[0]!;
}
