// Pure.
/**
 * Base types, whose functions are written in C, and shells of types that were never completed.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges, whenTrue } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface BaseType extends SchemaObject, InSchema {
  readonly kind: "base type";
  /** Declared and not yet defined. */
  readonly shell?: true;
  /** CREATE TYPE's parameters as SQL, in its order; absent of a shell. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Each parameter with SQL for its value as text, null for what needs not be written. */
function parameters(version: number): string {
  const proc = (column: string) => `nullif(t.${column}::oid, 0)::regproc::text`;
  return Object.entries({
    input: proc("typinput"),
    output: proc("typoutput"),
    receive: proc("typreceive"),
    send: proc("typsend"),
    typmod_in: proc("typmodin"),
    typmod_out: proc("typmodout"),
    analyze: proc("typanalyze"),
    subscript: version >= 140000 ? proc("typsubscript") : "NULL",
    internallength: "CASE t.typlen WHEN -1 THEN 'variable' ELSE t.typlen::text END",
    passedbyvalue: "CASE WHEN t.typbyval THEN 'true' END",
    alignment: "CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' " +
      "ELSE 'double' END",
    storage: "CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' " +
      "WHEN 'x' THEN 'extended' ELSE 'main' END",
    category: "CASE WHEN t.typcategory <> 'U' THEN quote_literal(t.typcategory::text) END",
    preferred: "CASE WHEN t.typispreferred THEN 'true' END",
    default: "quote_literal(t.typdefault)",
    element: "CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END",
    delimiter: "CASE WHEN t.typdelim <> ',' THEN quote_literal(t.typdelim::text) END",
    collatable: "CASE WHEN t.typcollation <> 0 THEN 'true' END",
  }).map(([name, value]) => `${quoteLiteral(name)}, ${value}`).join(",\n        ");
}

export const baseTypeKind: Kind<BaseType> = {
  kind: "base type",
  query: ({ version, schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.typname, 'owner', pg_get_userbyid(t.typowner),
      'shell', ${whenTrue("NOT t.typisdefined")},
      'parameters', CASE WHEN t.typisdefined THEN json_build_object(
        ${parameters(version)}) END,
      ${
      privileges({ acl: "t.typacl", initial: initialAcl("T", "t.typowner"), owner: "t.typowner" })
    }
    )) AS object
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    WHERE (t.typtype = 'b' OR t.typtype = 'p' AND NOT t.typisdefined)
      AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
      AND t.typnamespace IN ${schemas} AND ${isNoMember("pg_type", "t.oid")}`,
  address: (type) => `TYPE ${quoteQualifiedIfNeeded(type)}`,
  shell: (type) => `CREATE TYPE ${quoteQualifiedIfNeeded(type)}`,
  create: (type) => {
    const name = quoteQualifiedIfNeeded(type);
    if (type.parameters === undefined) return [`CREATE TYPE ${name}`];
    const settings = Object.entries(type.parameters)
      .map(([parameter, value]) => `\n  ${parameter} = ${value}`);
    return [`CREATE TYPE ${name} (${settings.join(",")}\n)`];
  },
};
