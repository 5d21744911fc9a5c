/**
 * Finds out whether a database without our history was migrated by another tool or by hand.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import type { Script } from "../definition/migration/definition.ts";
import type { HistoryName } from "../history/history_name.ts";
import { isNewHistory } from "../history/history.ts";
import { readHistory, unlessMissing } from "../history/read_history.ts";
import { readTrusted } from "../history/trust.ts";
import { SyntaxProblem } from "../sql/parser.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import {
  type ForeignDatabase,
  type FoundHistory,
  type FoundTable,
  nameOf,
} from "./foreign_database.ts";
import type { ForeignHistory } from "./foreign_tool.ts";
import { type LiveTable, type LiveTables, readLiveTables } from "./live_tables.ts";
import { type ForeignTableOf, readForeignHistory } from "./read_foreign_history.ts";
import { toolOf } from "./tools.ts";
import { type Touch, type TouchedTable, touchedTables } from "./touched_tables.ts";

/** What to look for. */
export interface ForeignQuestion {
  readonly history: HistoryName;
  /** The other databases of the product. What they created is not foreign. */
  readonly siblings: readonly string[];
  /** The pending scripts, in order. */
  readonly scripts: readonly Script[];
}

/**
 * Looks for the history of another tool, and for tables that the scripts would create or drop. Call it
 * only while our history is new. It sends one query, and further ones only after a finding.
 *
 * Histories count in the schemas that the search_path or a script names, and in schemas that belong to a
 * tool: extensions and services of the server may have histories elsewhere. A history without entries
 * does not count.
 *
 * @returns Undefined if nothing foreign was found, or if our history is no longer new.
 * @throws {SqlError} What the server refused.
 */
export async function findForeign(
  session: Session,
  question: ForeignQuestion,
): Promise<ForeignDatabase | undefined> {
  const live = await readLiveTables(session, question.history);
  if (live.tables.length === 0) return undefined;
  const touched: TouchedTable[] = [];
  for (const script of question.scripts) {
    // A script with defects has no statements, and does not run.
    if (script.statements.length > 0) touched.push(...await touchedTables(await script.read()));
  }
  const tables = conflicts(live, touched);
  const candidates = foreignTables(live, {
    ...question,
    schemas: new Set([...live.searchPath, ...touched.flatMap(({ schema }) => schema ?? [])]),
  });
  if (tables.length === 0 && candidates.length === 0) return undefined;
  const known = await siblingWork(session, { question, live });
  const histories: FoundHistory[] = [];
  for (const { tool, table } of candidates) {
    if (known.adopted.has(nameOf(table))) continue;
    const history = await readForeignHistory(session, {
      tool,
      table,
      live,
      history: question.history,
    });
    if (history === undefined || hasEntries(history)) histories.push({ tool, table, history });
  }
  const strange = tables.filter(({ table }) =>
    !known.created.has(nameOf(table)) && !histories.some((found) => found.table === table)
  );
  if (histories.length + strange.length === 0) return undefined;
  // Another runner of the same migrations may have started since our history was read.
  const ours = await readHistory(session, question.history);
  return isNewHistory(ours) ? { histories, tables: strange } : undefined;
}

function hasEntries({ entries, baseline }: ForeignHistory): boolean {
  return entries.length > 0 || baseline !== undefined;
}

/** Existing tables that would be created or dropped: each once, and a drop before a creation. */
function conflicts(
  { tables, searchPath }: LiveTables,
  touched: readonly TouchedTable[],
): readonly FoundTable[] {
  const byName = new Map(tables.map((table) => [nameOf(table), table]));
  const found = new Map<LiveTable, Touch>();
  const add = (table: LiveTable | undefined, touch: Touch) => {
    if (table !== undefined && found.get(table) !== "drop") found.set(table, touch);
  };
  for (const { touch, schema, name, searchPath: own } of touched) {
    if (name === undefined) {
      for (const table of tables) if (table.schema === schema) add(table, touch);
      continue;
    }
    const path = schema === undefined ? own ?? searchPath : [schema];
    // CREATE TABLE uses the first schema; DROP TABLE, the first one that has the table.
    const schemas = touch === "create" ? path.slice(0, 1) : path;
    add(
      schemas.map((one) => byName.get(nameOf({ schema: one, name })))
        .find((table) => table !== undefined),
      touch,
    );
  }
  return [...found].map(([table, touch]) => ({ table, touch }));
}

/** The history tables of other tools, in the schemas that count. */
function foreignTables(
  { tables }: LiveTables,
  { schemas, siblings }: ForeignQuestion & { readonly schemas: ReadonlySet<string> },
): readonly ForeignTableOf[] {
  const found = tables.flatMap((table): readonly ForeignTableOf[] => {
    const tool = table.history && toolOf(table.history);
    if (tool === undefined) return [];
    const counts = schemas.has(table.schema) || tool.schemas?.includes(table.schema);
    const isSiblings = siblings.some((sibling) => table.name.startsWith(`${sibling}_`));
    return counts && !isSiblings ? [{ tool, table }] : [];
  });
  const rails = new Set(
    found.filter(({ tool }) => tool.title === "Rails").map(({ table }) => table.schema),
  );
  return found.filter(({ tool, table }) => tool.name !== "dbmate" || !rails.has(table.schema));
}

/** What the other databases of the product created here, and the foreign histories that they adopted. */
async function siblingWork(
  session: Session,
  { question: { history }, live }: {
    readonly question: ForeignQuestion;
    readonly live: LiveTables;
  },
): Promise<{ readonly created: ReadonlySet<string>; readonly adopted: ReadonlySet<string> }> {
  const s = quoteIdentifier(history.schema);
  const others = `database OPERATOR(pg_catalog.<>) ${quoteLiteral(history.database)}`;
  try {
    const rows = await readTrusted(
      session,
      history,
      `SELECT up_sql AS sql, NULL AS note FROM ${s}.migration_definitions AS kept
      WHERE ${others} AND EXISTS (
        SELECT FROM ${s}.migration_logs AS logs
        WHERE logs.database = kept.database AND logs.version = kept.version AND logs.success)
      UNION ALL
      SELECT DISTINCT NULL, note FROM ${s}.migration_logs
      WHERE ${others} AND backfilled AND note IS NOT NULL`,
    );
    const touched: TouchedTable[] = [];
    for (const { sql } of rows) {
      if (typeof sql === "string") touched.push(...await touchedTables(sql).catch(unlessBroken));
    }
    const created = conflicts(live, touched).map(({ table }) => nameOf(table));
    const notes = rows.flatMap((row) => row["note"] ?? []);
    const adopted = live.tables.map(nameOf)
      .filter((name) => notes.some((note) => note.endsWith(` ${name}`)));
    return { created: new Set(created), adopted: new Set(adopted) };
  } catch (error) {
    const missing = { created: new Set<string>(), adopted: new Set<string>() };
    return await unlessMissing(error, { missing, session, name: history });
  }
}

/** An adopted script may be one that this program cannot parse. */
function unlessBroken(error: unknown): readonly TouchedTable[] {
  if (error instanceof SyntaxProblem) return [];
  throw error;
}
