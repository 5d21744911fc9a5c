// Pure.
/**
 * Views and materialized views.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import { type Column, columnSettings, columnsJson, storageOptions } from "../model/columns.ts";
import type { Kind } from "../model/kind.ts";
import {
  initialAcl,
  isNoMember,
  options,
  privileges,
  type ReadingContext,
  tablespaceName,
} from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { InSchema, Options, SchemaObject } from "../model/schema.ts";

export interface View extends SchemaObject, InSchema {
  readonly kind: "view" | "materialized view";
  /** The query, as pg_get_viewdef() gives it, without a semicolon. */
  readonly definition: string;
  readonly options?: Options;
  /** Of a materialized view, where it is not `heap`. */
  readonly accessMethod?: string;
  readonly tablespace?: string;
  readonly columns: readonly Column[];
}

function query(relkind: string, context: ReadingContext): string {
  return `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'owner', pg_get_userbyid(c.relowner),
      'definition', rtrim(pg_get_viewdef(c.oid), '; '), 'options', ${options("c.reloptions")},
      'accessMethod', (SELECT nullif(amname, 'heap') FROM pg_am WHERE oid = c.relam),
      'tablespace', ${tablespaceName("c.reltablespace")},
      ${
    privileges({ acl: "c.relacl", initial: initialAcl("r", "c.relowner"), owner: "c.relowner" })
  },
      'columns', coalesce(${columnsJson(context)}, '[]'))) AS object
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = '${relkind}' AND c.relnamespace IN ${context.schemas}
      AND ${isNoMember("pg_class", "c.oid")}`;
}

export const viewKind: Kind<View> = {
  kind: "view",
  query: (context) => query("v", context),
  printed: ["definition"],
  address: (view) => `VIEW ${quoteQualifiedIfNeeded(view)}`,
  grantee: (view) => `TABLE ${quoteQualifiedIfNeeded(view)}`,
  // The real one replaces it: that needs the same columns.
  shell: (view) =>
    `CREATE VIEW ${quoteQualifiedIfNeeded(view)} AS SELECT${
      view.columns.map(({ name, type, collation }) =>
        `\n  NULL::${type}${collation === undefined ? "" : ` COLLATE ${collation}`} AS ${
          quoteIfNeeded(name)
        }`
      ).join(",")
    }`,
  create: (view, { hasShell }) => [
    `CREATE ${hasShell ? "OR REPLACE " : ""}VIEW ${quoteQualifiedIfNeeded(view)}${
      optionsClause(view)
    } AS\n${view.definition}`,
  ],
  // CREATE OR REPLACE VIEW may add columns at the end, and leaves the others as they are.
  alter: (actual, expected) =>
    actual.columns.every((column, at) => isSameColumn(column, expected.columns[at]))
      ? [harmless(
        `CREATE OR REPLACE VIEW ${quoteQualifiedIfNeeded(expected)}${
          optionsClause(expected)
        } AS\n${expected.definition}`,
      )]
      : undefined,
};

function isSameColumn(column: Column, other: Column | undefined): boolean {
  return column.name === other?.name && column.type === other.type &&
    column.collation === other.collation;
}

export const materializedViewKind: Kind<View> = {
  kind: "materialized view",
  query: (context) => query("m", context),
  printed: ["definition"],
  address: (view) => `MATERIALIZED VIEW ${quoteQualifiedIfNeeded(view)}`,
  grantee: (view) => `TABLE ${quoteQualifiedIfNeeded(view)}`,
  create: (view) => [
    `CREATE MATERIALIZED VIEW ${quoteQualifiedIfNeeded(view)}${
      view.accessMethod === undefined ? "" : ` USING ${quoteIfNeeded(view.accessMethod)}`
    }${optionsClause(view)}${
      view.tablespace === undefined ? "" : ` TABLESPACE ${quoteIfNeeded(view.tablespace)}`
    } AS\n${view.definition}\nWITH NO DATA`,
    ...columnSettings(`ALTER MATERIALIZED VIEW ${quoteQualifiedIfNeeded(view)}`, view.columns),
  ],
};

function optionsClause({ options }: View): string {
  return options === undefined ? "" : ` WITH (${storageOptions(options)})`;
}
