// Pure.
/**
 * Schemas in PostgreSQL's sense: namespaces.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../kind.ts";
import { initialAcl, isNoMember, privileges } from "../reading.ts";
import type { SchemaObject } from "../schema.ts";

/**
 * A namespace. `public` is there from the start: its owner is absent, and its privileges are those
 * that differ from what the server was set up with.
 */
export interface Namespace extends SchemaObject {
  readonly kind: "schema";
}

export const schemaKind: Kind<Namespace> = {
  kind: "schema",
  query: ({ schemas }) =>
    `SELECT n.tableoid AS class, n.oid, json_strip_nulls(json_build_object(
      'name', n.nspname,
      'owner', CASE WHEN n.oid <> 2200 OR n.nspowner NOT IN (10, 6171)
        THEN pg_get_userbyid(n.nspowner) END,
      ${
      privileges({
        acl: "n.nspacl",
        initial: `coalesce((SELECT initprivs FROM pg_init_privs
          WHERE classoid = n.tableoid AND objoid = n.oid AND objsubid = 0),
          ${initialAcl("n", "n.nspowner")})`,
        owner: "n.nspowner",
      })
    }
    )) AS object
    FROM pg_namespace AS n
    WHERE n.oid IN ${schemas} AND ${isNoMember("pg_namespace", "n.oid")}`,
  address: ({ name }) => `SCHEMA ${quoteIfNeeded(name)}`,
  create: ({ name }) => name === "public" ? [] : [`CREATE SCHEMA ${quoteIfNeeded(name)}`],
};
