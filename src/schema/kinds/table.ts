// Pure.
/**
 * Tables: ordinary, partitioned, partitions, inherited, typed, unlogged and foreign.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import { alterTable } from "./alter_table.ts";
import {
  type Column,
  columnDefinition,
  columnSettings,
  columnsJson,
  foreignOptions,
  notNullWords,
  storageOptions,
} from "../model/columns.ts";
import type { Kind, WritingContext } from "../model/kind.ts";
import {
  initialAcl,
  isNoMember,
  options,
  privileges,
  type ReadingContext,
  relationName,
  tablespaceName,
  whenTrue,
} from "../model/reading.ts";
import { harmful } from "../model/repair_statement.ts";
import type { Constraint } from "./constraint.ts";
import type { Table } from "../model/table.ts";

/** SQL for the options of `c`, a row of pg_class, with those of its TOAST table. */
const OPTIONS = `CASE WHEN c.reloptions IS NOT NULL OR toast.reloptions IS NOT NULL THEN ${
  options(`c.reloptions || ARRAY(SELECT 'toast.' || o FROM unnest(toast.reloptions) AS o)`)
} END`;

const INHERITS = (oid: string) =>
  `(SELECT json_agg(${relationName("i.inhparent")} ORDER BY i.inhseqno) FROM pg_inherits AS i
    WHERE i.inhrelid = ${oid} AND NOT c.relispartition)`;

function query(relkinds: string, context: ReadingContext): string {
  const detaching = context.version >= 140000 ? whenTrue("i.inhdetachpending") : "NULL";
  return `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'owner', pg_get_userbyid(c.relowner),
      'unlogged', ${whenTrue("c.relpersistence = 'u'")},
      'partitionBy', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
      'partitionOf', CASE WHEN c.relispartition THEN (SELECT json_build_object(
          'table', ${relationName("i.inhparent")},
          'bound', pg_get_expr(c.relpartbound, c.oid), 'detaching', ${detaching})
        FROM pg_inherits AS i WHERE i.inhrelid = c.oid) END,
      'inherits', ${INHERITS("c.oid")},
      'ofType', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
      'accessMethod', (SELECT nullif(amname, 'heap') FROM pg_am WHERE oid = c.relam),
      'tablespace', ${tablespaceName("c.reltablespace")},
      'options', ${OPTIONS},
      'rowSecurity', ${whenTrue("c.relrowsecurity")},
      'forceRowSecurity', ${whenTrue("c.relforcerowsecurity")},
      'replicaIdentity', CASE c.relreplident WHEN 'f' THEN 'full'
        WHEN 'n' THEN CASE WHEN c.relkind IN ('r', 'p') THEN 'nothing' END END,
      'foreign', (SELECT json_build_object('server', s.srvname,
          'options', ${options("f.ftoptions")})
        FROM pg_foreign_table AS f JOIN pg_foreign_server AS s ON s.oid = f.ftserver
        WHERE f.ftrelid = c.oid),
      ${
    privileges({ acl: "c.relacl", initial: initialAcl("r", "c.relowner"), owner: "c.relowner" })
  },
      'columns', ${columnsJson(context)})) AS object
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid
    WHERE c.relkind IN (${relkinds}) AND c.relnamespace IN ${context.schemas}
      AND ${isNoMember("pg_class", "c.oid")}`;
}

export const tableKind: Kind<Table> = {
  kind: "table",
  query: (context) => query("'r', 'p'", context),
  printed: ["partitionBy"],
  address: (table) => `TABLE ${quoteQualifiedIfNeeded(table)}`,
  create,
  remove: (
    table,
  ) => [harmful(`DROP ${table.kind.toUpperCase()} ${quoteQualifiedIfNeeded(table)}`, "loss")],
  alter: alterTable,
};

export const foreignTableKind: Kind<Table> = {
  kind: "foreign table",
  query: (context) => query("'f'", context),
  printed: ["partitionBy"],
  address: (table) => `FOREIGN TABLE ${quoteQualifiedIfNeeded(table)}`,
  grantee: (table) => `TABLE ${quoteQualifiedIfNeeded(table)}`,
  create,
  remove: (
    table,
  ) => [harmful(`DROP ${table.kind.toUpperCase()} ${quoteQualifiedIfNeeded(table)}`, "loss")],
  alter: alterTable,
};

function create(table: Table, context: WritingContext): readonly string[] {
  const name = quoteQualifiedIfNeeded(table);
  const alter = `ALTER ${table.kind.toUpperCase()} ONLY ${name}`;
  const columns = table.columns ?? [];
  const born = isBornInheriting(table, context);
  return [
    createStatement(table, born, context),
    ...columnSettings(alter, columns),
    ...(born ? [] : (table.inherits ?? []).map((parent) => `${alter} INHERIT ${parent}`)),
    ...(table.partitionOf === undefined ? [] : [
      `ALTER TABLE ONLY ${table.partitionOf.table} ATTACH PARTITION ${name} ${table.partitionOf.bound}`,
    ]),
    ...(table.rowSecurity ? [`${alter} ENABLE ROW LEVEL SECURITY`] : []),
    ...(table.forceRowSecurity ? [`${alter} FORCE ROW LEVEL SECURITY`] : []),
    ...(table.replicaIdentity === undefined
      ? []
      : [`${alter} REPLICA IDENTITY ${table.replicaIdentity.toUpperCase()}`]),
  ];
}

function createStatement(table: Table, inherit: boolean, context: WritingContext): string {
  const columns = (table.columns ?? []).filter(({ origin }) => !inherit || origin !== "inherited");
  const listed = table.ofType === undefined
    // On its own at first, it must bring along what INHERIT then asks for.
    ? columns.map((column) => columnDefinition(inherit ? column : withOwnNotNull(column)))
    : columns.map(typedColumn).filter((definition) => definition !== undefined);
  const list = [...listed, ...requiredChecks(table, context)].map((definition) =>
    `\n  ${definition}`
  ).join(",");
  const head = table.kind === "foreign table"
    ? "CREATE FOREIGN TABLE"
    : `CREATE ${table.unlogged ? "UNLOGGED " : ""}TABLE`;
  const words = [`${head} ${quoteQualifiedIfNeeded(table)}`];
  if (table.ofType !== undefined) words.push(`OF ${table.ofType}`);
  if (table.ofType === undefined || list !== "") words.push(list === "" ? "()" : `(${list}\n)`);
  if (inherit && table.inherits) words.push(`INHERITS (${table.inherits.join(", ")})`);
  if (table.partitionBy !== undefined) words.push(`PARTITION BY ${table.partitionBy}`);
  if (table.foreign !== undefined) {
    words.push(`SERVER ${quoteIfNeeded(table.foreign.server)}`);
    const { options } = table.foreign;
    if (options !== undefined) words.push(`OPTIONS (${foreignOptions(options)})`);
  }
  if (table.accessMethod !== undefined) words.push(`USING ${quoteIfNeeded(table.accessMethod)}`);
  if (table.options !== undefined) words.push(`WITH (${storageOptions(table.options)})`);
  if (table.tablespace !== undefined) words.push(`TABLESPACE ${quoteIfNeeded(table.tablespace)}`);
  return words.join(" ");
}

/** A partition can only be attached when it has the checks of its table. */
function requiredChecks(table: Table, { partsOf }: WritingContext): readonly string[] {
  if (table.partitionOf === undefined) return [];
  return partsOf(quoteQualifiedIfNeeded(table)).flatMap((part) => {
    const { name, type, inherited, definition } = part as Constraint;
    return type === "check" && inherited ? [`CONSTRAINT ${quoteIfNeeded(name)} ${definition}`] : [];
  });
}

function withOwnNotNull({ notNullInherited: _, ...column }: Column): Column {
  return column;
}

/** Of a typed table only what the type does not say is written. */
function typedColumn(column: Column): string | undefined {
  const words = notNullWords(column);
  return words.length === 0
    ? undefined
    : `${quoteIfNeeded(column.name)} WITH OPTIONS ${words.join(" ")}`;
}

/**
 * Whether CREATE TABLE … INHERITS makes it, and not ALTER TABLE … INHERIT. The former puts the columns of
 * the parents first, the latter keeps the order; but only the former makes columns that are not the
 * table's own, and go when the parent's go.
 */
function isBornInheriting(table: Table, { find }: WritingContext): boolean {
  if (table.inherits === undefined) return false;
  if (table.columns?.some(({ origin }) => origin === "inherited")) return true;
  const names = new Set<string>();
  for (const parent of table.inherits) {
    const columns = (find(`TABLE ${parent}`) ?? find(`FOREIGN TABLE ${parent}`)) as
      | Table
      | undefined;
    for (const { name } of columns?.columns ?? []) names.add(name);
  }
  return [...names].every((name, index) => table.columns?.[index]?.name === name);
}
