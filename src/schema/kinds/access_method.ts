// Pure.
/**
 * Access methods of tables and indexes.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, isUserMade } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

export interface AccessMethod extends SchemaObject {
  readonly kind: "access method";
  readonly type: "index" | "table";
  readonly handler: string;
}

export const accessMethodKind: Kind<AccessMethod> = {
  kind: "access method",
  query: () =>
    `SELECT a.tableoid AS class, a.oid, json_build_object(
      'name', a.amname, 'type', CASE a.amtype WHEN 'i' THEN 'index' ELSE 'table' END,
      'handler', a.amhandler::text) AS object
    FROM pg_am AS a WHERE ${isUserMade("a.oid")} AND ${isNoMember("pg_am", "a.oid")}`,
  address: ({ name }) => `ACCESS METHOD ${quoteIfNeeded(name)}`,
  create: ({ name, type, handler }) => [
    `CREATE ACCESS METHOD ${quoteIfNeeded(name)} TYPE ${type.toUpperCase()} HANDLER ${handler}`,
  ],
};
