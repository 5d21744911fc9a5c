/**
 * `tables.md`: the tables and views of the history and of batched migrations, as PostgreSQL has them
 * after the program's own DDL.
 *
 * @module
 */

import { BACKGROUND_TABLES, createBackgroundTables } from "../../src/background/state/tables.ts";
import { pgliteConnector } from "../../src/connection/pglite/pglite_session.ts";
import type { Session } from "../../src/connection/session/session.ts";
import { createHistory, HISTORY_SCHEMA } from "../../src/history/schema.ts";
import { COLUMN_TEXTS } from "./column_texts.ts";
import { blocks, code, contents, inline, type Page, page, table } from "./markdown.ts";

/** Begins an embedded database for it: some seconds the first time on a host. */
export async function tablesPage(): Promise<Page> {
  const connector = pgliteConnector({ kind: "embedded", directory: undefined });
  const session = await connector.open({ applicationName: "reference" });
  try {
    await session.query(createHistory(HISTORY_SCHEMA, { schemaExists: false }));
    await session.query(createBackgroundTables(HISTORY_SCHEMA));
    return render(await readRelations(session));
  } finally {
    await session.close();
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly rule: string;
}

interface Relation {
  readonly name: string;
  readonly isView: boolean;
  readonly comment: string;
  readonly columns: readonly Column[];
}

/** Tables of the history, its views, then those of batched migrations. */
async function readRelations(session: Session): Promise<readonly Relation[]> {
  const { rows } = await session.query(`
    SELECT c.relname AS relation, c.relkind = 'v' AS is_view,
      pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
      a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
      pg_catalog.concat_ws(', ',
        CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        CASE WHEN a.attidentity <> '' THEN 'identity' END,
        'DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)) AS rule
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE n.nspname = '${HISTORY_SCHEMA}' AND c.relkind IN ('r', 'v')
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.oid, a.attnum`);
  const relations = new Map<string, Relation & { readonly columns: Column[] }>();
  for (const row of rows) {
    const name = row["relation"]!;
    const known = relations.get(name) ?? {
      name,
      isView: row["is_view"] === "t",
      comment: row["comment"] ?? "",
      columns: [],
    };
    known.columns.push({ name: row["name"]!, type: row["type"]!, rule: row["rule"] ?? "" });
    relations.set(name, known);
  }
  return [...relations.values()];
}

function render(relations: readonly Relation[]): Page {
  const isBackground = ({ name }: Relation) => BACKGROUND_TABLES.some((one) => one === name);
  const history = relations.filter((one) => !isBackground(one));
  const background = relations.filter(isBackground);
  const described = Object.keys(COLUMN_TEXTS);
  const names = relations.map(({ name }) => name);
  refuseDifference("tables", names, described);
  return page(
    {
      file: "tables.md",
      title: "Tables",
      about: "the tables, views and columns in which a database remembers its migrations",
    },
    `They are in the schema \`${HISTORY_SCHEMA}\`, unless \`historySchema\` in migrator.yaml names ` +
      "another one, and are created by the first run. Read them as you like; names, columns and " +
      "meanings are only ever added to. Write to them through commands only: `repair`, `force`, " +
      "`log add` and `background …` record who did what, and why.",
    "Columns of batched migrations have GitLab's names, so that queries that are published for " +
      `GitLab's tables work here with \`SET search_path = ${HISTORY_SCHEMA}\`.`,
    contents([...history, ...background].map(({ name }) => name)),
    ...[...history, ...background].map(relationText),
  );
}

function relationText({ name, isView, comment, columns }: Relation): string {
  const texts = COLUMN_TEXTS[name] ?? {};
  refuseDifference(`columns of ${name}`, columns.map((one) => one.name), Object.keys(texts));
  return blocks(
    `## ${name}`,
    `${isView ? "A view. " : ""}${inline(comment)}`,
    table(
      ["column", "type", "meaning"],
      columns.map((column) => [
        code(column.name),
        `${column.type}${column.rule === "" ? "" : `, ${column.rule}`}`,
        inline(texts[column.name] ?? ""),
      ]),
    ),
  );
}

/** @throws {Error} When the texts and the DDL do not go together. */
function refuseDifference(
  what: string,
  found: readonly string[],
  described: readonly string[],
): void {
  const missing = found.filter((name) => !described.includes(name));
  const idle = described.filter((name) => !found.includes(name));
  if (missing.length + idle.length === 0) return;
  throw new Error(
    `tools/reference/column_texts.ts and the ${what} differ: it lacks ` +
      `${missing.join(", ") || "none"}, and has ${idle.join(", ") || "none"} that do not exist`,
  );
}
