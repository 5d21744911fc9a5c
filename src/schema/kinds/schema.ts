// Pure.
/**
 * Schemas in PostgreSQL's sense: namespaces.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

/**
 * A namespace. Of the `public` that every database has from the start, the owner is absent, and the
 * privileges are those that differ from what the server was set up with. A `public` with an owner was
 * made again by somebody, or given away, and is like any other.
 */
export interface Namespace extends SchemaObject {
  readonly kind: "schema";
}

/** `public` by its oid, and its owner: the bootstrap superuser, from PostgreSQL 15 pg_database_owner. */
const isOriginalPublic = (version: number) =>
  `n.oid = 2200 AND n.nspowner = ${version >= 150000 ? 6171 : 10}`;

export const schemaKind: Kind<Namespace> = {
  kind: "schema",
  query: ({ version, schemas }) =>
    `SELECT n.tableoid AS class, n.oid, json_strip_nulls(json_build_object(
      'name', n.nspname,
      'owner', CASE WHEN NOT (${isOriginalPublic(version)}) THEN pg_get_userbyid(n.nspowner) END,
      ${
      privileges({
        acl: "n.nspacl",
        initial: `CASE WHEN ${isOriginalPublic(version)} THEN (SELECT initprivs FROM pg_init_privs
          WHERE classoid = n.tableoid AND objoid = n.oid AND objsubid = 0)
          ELSE ${initialAcl("n", "n.nspowner")} END`,
        owner: "n.nspowner",
      })
    }
    )) AS object
    FROM pg_namespace AS n
    WHERE n.oid IN ${schemas} AND ${isNoMember("pg_namespace", "n.oid")}`,
  address: ({ name }) => `SCHEMA ${quoteIfNeeded(name)}`,
  create: ({ name, owner }) => [
    ...(name === "public" && owner !== undefined ? ["DROP SCHEMA IF EXISTS public"] : []),
    ...(name === "public" && owner === undefined ? [] : [`CREATE SCHEMA ${quoteIfNeeded(name)}`]),
  ],
};
