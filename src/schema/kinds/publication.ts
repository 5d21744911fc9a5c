// Pure.
/**
 * Publications of logical replication.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, relationName, whenTrue } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

export interface Publication extends SchemaObject {
  readonly kind: "publication";
  readonly allTables?: true;
  /** `insert`, `update`, `delete`, `truncate`. */
  readonly operations: readonly string[];
  readonly viaRoot?: true;
  /** From PostgreSQL 18. */
  readonly generatedColumns?: "stored";
  readonly tables?: readonly PublishedTable[];
  /** Schemas of which all tables are published, from PostgreSQL 15. */
  readonly schemas?: readonly string[];
}

/** A table, from PostgreSQL 15 with the columns and the rows that are published. */
export interface PublishedTable {
  /** Qualified. */
  readonly table: string;
  readonly columns?: readonly string[];
  readonly where?: string;
}

export const publicationKind: Kind<Publication> = {
  kind: "publication",
  query: ({ version }) => {
    const columns = `(SELECT json_agg(a.attname ORDER BY a.attnum) FROM unnest(r.prattrs) AS number
        JOIN pg_attribute AS a ON a.attrelid = r.prrelid AND a.attnum = number)`;
    const schemas = `(SELECT json_agg(n.nspname ORDER BY n.nspname)
        FROM pg_publication_namespace AS pn JOIN pg_namespace AS n ON n.oid = pn.pnnspid
        WHERE pn.pnpubid = p.oid)`;
    return `SELECT p.tableoid AS class, p.oid, json_strip_nulls(json_build_object(
      'name', p.pubname, 'owner', pg_get_userbyid(p.pubowner),
      'allTables', ${whenTrue("p.puballtables")},
      'operations', array_remove(ARRAY[CASE WHEN p.pubinsert THEN 'insert' END,
        CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
        CASE WHEN p.pubtruncate THEN 'truncate' END], NULL),
      'viaRoot', ${whenTrue("p.pubviaroot")},
      'generatedColumns', ${
      version >= 180000 ? "CASE p.pubgencols WHEN 's' THEN 'stored' END" : "NULL"
    },
      'tables', (SELECT json_agg(json_build_object('table', ${relationName("r.prrelid")},
          'columns', ${version >= 150000 ? columns : "NULL"},
          'where', ${version >= 150000 ? "pg_get_expr(r.prqual, r.prrelid)" : "NULL"})
          ORDER BY ${relationName("r.prrelid")}) FROM pg_publication_rel AS r
        WHERE r.prpubid = p.oid),
      'schemas', ${version >= 150000 ? schemas : "NULL"})) AS object
    FROM pg_publication AS p WHERE ${isNoMember("pg_publication", "p.oid")}`;
  },
  address: ({ name }) => `PUBLICATION ${quoteIfNeeded(name)}`,
  create: (publication) => {
    const objects = publishedObjects(publication);
    const settings = [
      `publish = ${quoteLiteral(publication.operations.join(", "))}`,
      ...(publication.viaRoot ? ["publish_via_partition_root = true"] : []),
      ...(publication.generatedColumns === undefined
        ? []
        : [`publish_generated_columns = ${publication.generatedColumns}`]),
    ];
    return [
      `CREATE PUBLICATION ${quoteIfNeeded(publication.name)}` +
      (publication.allTables ? " FOR ALL TABLES" : objects === "" ? "" : ` FOR ${objects}`) +
      ` WITH (${settings.join(", ")})`,
    ];
  },
};

/** `TABLE public.a (id), TABLE public.b, TABLES IN SCHEMA c`. */
function publishedObjects({ tables = [], schemas = [] }: Publication): string {
  // Releases before 15 know one list of tables only.
  const list = tables.map(({ table, columns, where }) =>
    table + (columns === undefined ? "" : ` (${columns.map(quoteIfNeeded).join(", ")})`) +
    (where === undefined ? "" : ` WHERE ${where.startsWith("(") ? where : `(${where})`}`)
  );
  return [
    ...(list.length === 0 ? [] : [`TABLE ${list.map((item) => `ONLY ${item}`).join(", ")}`]),
    ...schemas.map((schema) => `TABLES IN SCHEMA ${quoteIfNeeded(schema)}`),
  ].join(", ");
}
