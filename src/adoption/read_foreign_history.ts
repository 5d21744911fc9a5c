/**
 * Reads the history of another tool.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import { type Row, type Session, SqlError } from "../connection/session/session.ts";
import type { HistoryName } from "../history/history_name.ts";
import { assertTrusted } from "../history/trust.ts";
import { quoteQualified } from "../sql/identifier.ts";
import { type ForeignHistory, type ForeignTool, historyOf } from "./foreign_tool.ts";
import type { LiveTable, LiveTables } from "./live_tables.ts";

/** insufficient_privilege; and division_by_zero, with which `assertTrusted` refuses. */
const UNREADABLE = new Set(["42501", "22012"]);

/** A table, and the tool whose history it is. */
export interface ForeignTableOf {
  readonly tool: ForeignTool;
  readonly table: LiveTable;
}

/**
 * Reads the history. If the tool's lock is taken, its newest migration counts as unfinished.
 *
 * @returns Undefined if reading it could run another role's code, or if this role may not read it.
 * @throws {SqlError} What the server refused otherwise.
 */
export async function readForeignHistory(
  session: Session,
  { tool, table, live, history }: ForeignTableOf & {
    readonly live: LiveTables;
    readonly history: HistoryName;
  },
): Promise<ForeignHistory | undefined> {
  const read = async ({ schema, name, isTrusted }: LiveTable, query: string) =>
    isTrusted ? await catalogRead(session, query) : await catalogRead(
      session,
      `${assertTrusted({ ...history, schema, tables: [name] }, "read")}; ${query}`,
    );
  try {
    const query = tool.query(quoteQualified(table), history.database);
    const found = historyOf(tool, await read(table, query));
    const lock = live.tables.find(({ schema, name }) =>
      schema === table.schema && name === tool.lockTable
    );
    if (lock === undefined) return found;
    const held = await read(lock, `SELECT FROM ${quoteQualified(lock)} LIMIT 1`);
    return withLock(found, held);
  } catch (error) {
    if (error instanceof SqlError && UNREADABLE.has(error.server.sqlstate)) return undefined;
    throw error;
  }
}

function withLock(history: ForeignHistory, held: readonly Row[]): ForeignHistory {
  const newest = history.entries.at(-1);
  if (held.length === 0 || newest === undefined) return history;
  const remark =
    "the tool's lock is taken: a program of its runs now, or was killed while it ran this";
  return {
    ...history,
    entries: [...history.entries.slice(0, -1), { ...newest, state: "unfinished", remark }],
  };
}
