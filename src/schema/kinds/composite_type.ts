// Pure.
/**
 * Composite types.
 *
 * @module
 */

import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import { type Column, columnDefinition, columnsJson } from "../model/columns.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface CompositeType extends SchemaObject, InSchema {
  readonly kind: "composite type";
  readonly columns?: readonly Column[];
}

export const compositeTypeKind: Kind<CompositeType> = {
  kind: "composite type",
  // Comments and dependencies of its columns are those of its relation: see `RELATION_OF_TYPE`.
  query: (context) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.typname, 'owner', pg_get_userbyid(t.typowner),
      ${
      privileges({ acl: "t.typacl", initial: initialAcl("T", "t.typowner"), owner: "t.typowner" })
    },
      'columns', ${columnsJson(context)}
    )) AS object
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
      JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
    WHERE t.typnamespace IN ${context.schemas} AND ${isNoMember("pg_type", "t.oid")}`,
  address: (type) => `TYPE ${quoteQualifiedIfNeeded(type)}`,
  create: (type) => [
    `CREATE TYPE ${quoteQualifiedIfNeeded(type)} AS (${
      (type.columns ?? []).map((column) => `\n  ${columnDefinition(column)}`).join(",")
    }\n)`,
  ],
};
