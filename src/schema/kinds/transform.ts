// Pure.
/**
 * Transforms between types and procedural languages.
 *
 * @module
 */

import type { Kind } from "../model/kind.ts";
import { isNoMember, isUserMade } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

/** Its name is `FOR type LANGUAGE language`. */
export interface Transform extends SchemaObject {
  readonly kind: "transform";
  readonly fromSql?: string;
  readonly toSql?: string;
}

export const transformKind: Kind<Transform> = {
  kind: "transform",
  query: () =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'name', format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname),
      'fromSql', nullif(t.trffromsql::oid, 0)::regprocedure::text,
      'toSql', nullif(t.trftosql::oid, 0)::regprocedure::text)) AS object
    FROM pg_transform AS t JOIN pg_language AS l ON l.oid = t.trflang
    WHERE ${isUserMade("t.oid")} AND ${isNoMember("pg_transform", "t.oid")}`,
  address: ({ name }) => `TRANSFORM ${name}`,
  create: ({ name, fromSql, toSql }) => {
    const functions = [
      ...(fromSql === undefined ? [] : [`FROM SQL WITH FUNCTION ${fromSql}`]),
      ...(toSql === undefined ? [] : [`TO SQL WITH FUNCTION ${toSql}`]),
    ];
    return [`CREATE TRANSFORM ${name} (${functions.join(", ")})`];
  },
};
