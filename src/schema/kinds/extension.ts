// Pure.
/**
 * Extensions. What belongs to one is not described: the extension makes it.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, isUserMade } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import type { SchemaObject } from "../model/schema.ts";

/** An extension. Those that every database has from the start are left out, such as plpgsql. */
export interface Extension extends SchemaObject {
  readonly kind: "extension";
  readonly version: string;
  /** Where its objects are, or would be; absent where the extension has made the schema. */
  readonly schema?: string;
}

export const extensionKind: Kind<Extension> = {
  kind: "extension",
  query: () =>
    `SELECT e.tableoid AS class, e.oid, json_strip_nulls(json_build_object(
      'name', e.extname, 'version', e.extversion, 'schema', CASE WHEN ${
      isNoMember("pg_namespace", "n.oid")
    } THEN n.nspname END)) AS object
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
    WHERE ${isUserMade("e.oid")}`,
  address: ({ name }) => `EXTENSION ${quoteIfNeeded(name)}`,
  create: ({ name, schema }) => [
    `CREATE EXTENSION IF NOT EXISTS ${quoteIfNeeded(name)}` +
    (schema === undefined || schema === "pg_catalog"
      ? ""
      : ` WITH SCHEMA ${quoteIfNeeded(schema)}`),
  ],
  alter: (actual, expected) => {
    const name = quoteIfNeeded(expected.name);
    return [
      ...(actual.version === expected.version
        ? []
        : [harmless(`ALTER EXTENSION ${name} UPDATE TO ${quoteIdentifier(expected.version)}`)]),
      ...(actual.schema === expected.schema || expected.schema === undefined
        ? []
        : [harmless(`ALTER EXTENSION ${name} SET SCHEMA ${quoteIfNeeded(expected.schema)}`)]),
    ];
  },
};
