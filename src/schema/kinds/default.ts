// Pure.
/**
 * Defaults of columns. They are objects of their own, because what they call may need the table.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { SchemaObject } from "../model/schema.ts";

/** Its name is the column's. */
export interface Default extends SchemaObject {
  readonly kind: "default";
  /** Qualified; a view can have defaults too. */
  readonly table: string;
  readonly expression: string;
}

export const defaultKind: Kind<Default> = {
  kind: "default",
  query: ({ schemas }) =>
    `SELECT d.tableoid AS class, d.oid, json_build_object(
      'table', format('%I.%I', n.nspname, c.relname), 'name', a.attname,
      'expression', pg_get_expr(d.adbin, d.adrelid)) AS object
    FROM pg_attrdef AS d JOIN pg_class AS c ON c.oid = d.adrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE a.attgenerated = '' AND c.relnamespace IN ${schemas} AND ${
      isNoMember("pg_class", "c.oid")
    }`,
  printed: ["expression"],
  address: ({ table, name }) => `DEFAULT OF ${table}.${quoteIfNeeded(name)}`,
  create: createDefault,
  alter: (_, expected) => createDefault(expected).map(harmless),
  drop: ({ table, name }) => [
    `ALTER TABLE ONLY ${table} ALTER COLUMN ${quoteIfNeeded(name)} DROP DEFAULT`,
  ],
};

function createDefault({ table, name, expression }: Default): readonly string[] {
  return [
    `ALTER TABLE ONLY ${table} ALTER COLUMN ${quoteIfNeeded(name)} SET DEFAULT ${expression}`,
  ];
}
