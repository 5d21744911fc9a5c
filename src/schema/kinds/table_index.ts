// Pure.
/**
 * Indexes. Those that belong to a constraint are part of it.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import {
  changedIndexSettings,
  type IndexSettings,
  indexSettingsPairs,
  indexSettingStatements,
} from "../model/index_settings.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import { harmless, outside } from "../model/repair_statement.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Index extends SchemaObject, InSchema, IndexSettings {
  readonly kind: "index";
  /** Qualified. */
  readonly table: string;
  /** As pg_get_indexdef() gives it: with its storage parameters, and without a tablespace. */
  readonly definition: string;
}

export const indexKind: Kind<Index> = {
  kind: "index",
  query: ({ version, schemas }) =>
    `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'table', format('%I.%I', tn.nspname, t.relname),
      'definition', pg_get_indexdef(c.oid),
      ${indexSettingsPairs(version)})) AS object
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE c.relnamespace IN ${schemas} AND i.indislive AND ${isNoMember("pg_class", "t.oid")}
      AND ${isNoMember("pg_class", "c.oid")}
      AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid
        AND k.contype IN ('p', 'u', 'x'))`,
  printed: ["definition"],
  address: (index) => `INDEX ${quoteQualifiedIfNeeded(index)}`,
  build: (index) => [
    index.definition.includes(" ON ONLY ") ? harmless(index.definition) : outside(
      index.definition.replace(/^CREATE (UNIQUE )?INDEX /, "CREATE $1INDEX CONCURRENTLY "),
    ),
    ...indexSettingStatements(index, { table: index.table, index }).map(harmless),
  ],
  // A partitioned table's index, and a part of one, can only be dropped as a whole.
  remove: (index) => {
    const name = quoteQualifiedIfNeeded(index);
    if (index.definition.includes(" ON ONLY ")) return [harmless(`DROP INDEX ${name}`)];
    return index.partOf === undefined ? [outside(`DROP INDEX CONCURRENTLY ${name}`)] : [];
  },
  alter: (actual, expected, context) => {
    if (actual.definition !== expected.definition || actual.partOf !== expected.partOf) {
      return undefined;
    }
    if (actual.tablespace !== expected.tablespace) return undefined;
    const name = quoteQualifiedIfNeeded(expected);
    return [
      ...(actual.invalid && !expected.invalid && !actual.definition.includes(" ON ONLY ")
        ? [outside(`REINDEX INDEX CONCURRENTLY ${name}`)]
        : []),
      ...changedIndexSettings(
        { actual, expected },
        { table: expected.table, index: expected },
        context,
      )
        .map(harmless),
    ];
  },
  create: (index) => {
    const { definition, tablespace } = index;
    // The tablespace stands before WHERE, which only the server can find in its text.
    return [
      ...(tablespace === undefined
        ? []
        : [`SET default_tablespace = ${quoteIfNeeded(tablespace)}`]),
      definition,
      ...(tablespace === undefined ? [] : ["RESET default_tablespace"]),
      ...indexSettingStatements(index, { table: index.table, index }),
    ];
  },
};
