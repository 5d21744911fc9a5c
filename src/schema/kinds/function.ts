// Pure.
/**
 * Functions, procedures and window functions. Aggregates are a kind of their own.
 *
 * @module
 */

import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges, whenTrue } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Routine extends SchemaObject, InSchema {
  readonly kind: "function";
  readonly procedure?: true;
  /** Types of the input arguments, which tell overloaded functions apart. */
  readonly arguments: readonly string[];
  readonly language: string;
  /** All of it, as pg_get_functiondef() gives it. */
  readonly definition: string;
}

/** JSON of the types of the input arguments of `p`, a row of pg_proc. */
export const ARGUMENTS = `coalesce((SELECT json_agg(format_type(argument.type, NULL)
  ORDER BY argument.position) FROM unnest(p.proargtypes) WITH ORDINALITY
  AS argument (type, position)), '[]')`;

export const functionKind: Kind<Routine> = {
  kind: "function",
  query: ({ schemas }) =>
    `SELECT p.tableoid AS class, p.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', p.proname, 'arguments', ${ARGUMENTS},
      'procedure', ${whenTrue("p.prokind = 'p'")}, 'owner', pg_get_userbyid(p.proowner),
      'language', l.lanname, 'definition', rtrim(pg_get_functiondef(p.oid), E'\\n'),
      ${
      privileges({ acl: "p.proacl", initial: initialAcl("f", "p.proowner"), owner: "p.proowner" })
    }
    )) AS object
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
      JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.prokind <> 'a' AND p.pronamespace IN ${schemas} AND ${isNoMember("pg_proc", "p.oid")}
      -- CREATE TYPE … AS RANGE makes the constructors of the type.
      AND NOT EXISTS (SELECT FROM pg_depend AS part WHERE part.classid = p.tableoid
        AND part.objid = p.oid AND part.deptype = 'i')`,
  address: (routine) =>
    `${routine.procedure ? "PROCEDURE" : "FUNCTION"} ${quoteQualifiedIfNeeded(routine)}(${
      routine.arguments.join(", ")
    })`,
  create: ({ definition }) => [definition],
  // CREATE OR REPLACE keeps privileges and what depends on it, but changes neither names nor types.
  alter: (actual, expected) =>
    signatureOf(actual) === signatureOf(expected) ? [harmless(expected.definition)] : undefined,
};

/** All before the line of LANGUAGE: name, arguments and result. Defaults can be added only. */
function signatureOf({ definition }: Routine): string {
  return definition.slice(0, definition.search(/^ LANGUAGE /m));
}
