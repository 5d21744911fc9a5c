/**
 * Finds the history table that `adopt` reads.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import type { HistoryName } from "../history/history_name.ts";
import { parseQualifiedName } from "../sql/qualified_name.ts";
import { nameOf } from "./foreign_database.ts";
import type { ForeignHistory } from "./foreign_tool.ts";
import { type LiveTables, readLiveTables } from "./live_tables.ts";
import { type ForeignTableOf, readForeignHistory } from "./read_foreign_history.ts";
import { FOREIGN_TOOLS, toolOf } from "./tools.ts";

/** A history that was found and read. */
export interface LocatedHistory extends ForeignTableOf {
  readonly history: ForeignHistory;
}

/** What the command line names. */
export interface HistoryWish {
  readonly history: HistoryName;
  /** The tool's name, one of `ADOPTABLE`. */
  readonly from: string;
  /** The table; default: the one that the tool recognises. */
  readonly table?: string | undefined;
}

/**
 * Finds the tool's table, and reads it. If there are several, it takes the one whose name begins with the
 * database's name, else the only one on the search_path.
 *
 * @throws {Failure} `history/no-foreign-history`, `history/several-foreign-histories`,
 * `history/foreign-unreadable`.
 */
export async function locateHistory(session: Session, wish: HistoryWish): Promise<LocatedHistory> {
  const live = await readLiveTables(session, wish.history);
  const found = chosen(live, wish);
  const history = await readForeignHistory(session, { ...found, live, history: wish.history });
  if (history !== undefined) return { ...found, history };
  throw new Failure(
    "history/foreign-unreadable",
    `${
      nameOf(found.table)
    } in database "${wish.history.database}" belongs to another role, and this ` +
      "run may not read it, or could run code of that role's by reading it.",
    {
      hint: "Connect as the role that owns the table.",
      facts: { database: wish.history.database, table: nameOf(found.table) },
    },
  );
}

function chosen(live: LiveTables, { history, from, table }: HistoryWish): ForeignTableOf {
  const { database } = history;
  const all = live.tables.flatMap((one): readonly ForeignTableOf[] => {
    const tool = one.history && toolOf(one.history);
    return tool === undefined ? [] : [{ tool, table: one }];
  });
  const wanted = all.filter(({ tool }) => tool.name === from);
  const named = table === undefined
    ? wanted
    : wanted.filter((one) => isNamed(one, { table, live }));
  const own = named.filter((one) => one.table.name.startsWith(`${database}_`));
  const near = named.filter(({ tool, table: { schema } }) =>
    live.searchPath.includes(schema) || tool.schemas?.includes(schema)
  );
  const plain = near.filter(({ table: { name } }) => !/_schema_migrations$/.test(name));
  for (const candidates of [named, own, near, plain]) {
    if (candidates.length === 1) return candidates[0]!;
  }
  if (named.length > 1) throw several(named, { database, from });
  throw none(all, { database, from, table });
}

function isNamed(
  { table: found }: ForeignTableOf,
  { table, live }: { readonly table: string; readonly live: LiveTables },
): boolean {
  const name = parseQualifiedName(table);
  return name !== undefined && found.name === name.name &&
    (name.schema === undefined
      ? live.searchPath.includes(found.schema)
      : found.schema === name.schema);
}

function several(
  found: readonly ForeignTableOf[],
  { database, from }: { readonly database: string; readonly from: string },
): Failure {
  const tables = found.map(({ table }) => nameOf(table));
  return new Failure(
    "history/several-foreign-histories",
    `Database "${database}" has several histories of ${from}: ${tables.join(", ")}.`,
    {
      hint: "Say which one is of these migrations, and see first what it would record: " +
        `migrator adopt --from ${from} --db ${database} --table ${tables[0]} --dry-run`,
      facts: { database, tables },
    },
  );
}

function none(
  all: readonly ForeignTableOf[],
  { database, from, table }: {
    readonly database: string;
    readonly from: string;
    readonly table: string | undefined;
  },
): Failure {
  const title = FOREIGN_TOOLS.find(({ name }) => name === from)?.title ?? from;
  const others = all.map((one) => `${nameOf(one.table)} (${one.tool.name})`);
  const [other] = all;
  return new Failure(
    "history/no-foreign-history",
    `Database "${database}" has no ${
      table === undefined ? "table that looks like" : `table ${table} with the columns of`
    } the history of ${title}${others.length === 0 ? "" : `, but ${others.join(", ")}`}.`,
    {
      hint: other?.tool.isAdoptable
        ? `Did you mean: migrator adopt --from ${other.tool.name} --db ${database} --dry-run`
        : `If it is in another database, name that with --database-url. Without a history: migrator ` +
          `adopt --baseline VERSION --dry-run --db ${database}`,
      facts: { database, found: others },
    },
  );
}
