// Pure.
/**
 * Casts.
 *
 * @module
 */

import type { Kind } from "../model/kind.ts";
import { isNoMember, isUserMade } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

/** Its name is `(source AS target)`. */
export interface Cast extends SchemaObject {
  readonly kind: "cast";
  /** `WITH FUNCTION f(a)`, `WITH INOUT` or `WITHOUT FUNCTION`. */
  readonly method: string;
  /** Absent: only where it is written. */
  readonly context?: "assignment" | "implicit";
}

export const castKind: Kind<Cast> = {
  kind: "cast",
  query: () =>
    `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'name', format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
      'method', CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure
        WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
      'context', CASE c.castcontext WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit' END)) AS object
    FROM pg_cast AS c WHERE ${isUserMade("c.oid")} AND ${isNoMember("pg_cast", "c.oid")}
      -- The cast from a range to its multirange is a part of the range.
      AND NOT EXISTS (SELECT FROM pg_depend AS part WHERE part.classid = c.tableoid
        AND part.objid = c.oid AND part.deptype = 'i')`,
  address: ({ name }) => `CAST ${name}`,
  create: ({ name, method, context }) => [
    `CREATE CAST ${name} ${method}${context === undefined ? "" : ` AS ${context.toUpperCase()}`}`,
  ],
};
