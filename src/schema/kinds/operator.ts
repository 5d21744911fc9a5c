// Pure.
/**
 * Operators.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, whenTrue } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Operator extends SchemaObject, InSchema {
  readonly kind: "operator";
  /** Absent for a prefix operator. */
  readonly left?: string;
  /** Absent for a postfix operator, which PostgreSQL 14 abolished. */
  readonly right?: string;
  readonly function: string;
  /** Qualified: `OPERATOR(public.=)`. */
  readonly commutator?: string;
  readonly negator?: string;
  readonly restrict?: string;
  readonly join?: string;
  readonly hashes?: true;
  readonly merges?: true;
}

const OTHER = (oid: string) =>
  `(SELECT format('OPERATOR(%I.%s)', sn.nspname, s.oprname) FROM pg_operator AS s
    JOIN pg_namespace AS sn ON sn.oid = s.oprnamespace WHERE s.oid = ${oid})`;

/** SQL for `OPERATOR(public.=)(integer, integer)` of an oid, in the words of ALTER OPERATOR FAMILY. */
export const OPERATOR_SIGNATURE = (oid: string) =>
  `(SELECT format('%I.%s(%s, %s)', sn.nspname, s.oprname,
      CASE s.oprleft WHEN 0 THEN 'NONE' ELSE format_type(s.oprleft, NULL) END,
      CASE s.oprright WHEN 0 THEN 'NONE' ELSE format_type(s.oprright, NULL) END)
    FROM pg_operator AS s JOIN pg_namespace AS sn ON sn.oid = s.oprnamespace WHERE s.oid = ${oid})`;

export const operatorKind: Kind<Operator> = {
  kind: "operator",
  query: ({ schemas }) =>
    `SELECT o.tableoid AS class, o.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', o.oprname, 'owner', pg_get_userbyid(o.oprowner),
      'left', CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END,
      'right', CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END,
      'function', o.oprcode::text,
      'commutator', ${OTHER("o.oprcom")}, 'negator', ${OTHER("o.oprnegate")},
      'restrict', nullif(o.oprrest::oid, 0)::regproc::text,
      'join', nullif(o.oprjoin::oid, 0)::regproc::text,
      'hashes', ${whenTrue("o.oprcanhash")}, 'merges', ${whenTrue("o.oprcanmerge")})) AS object
    FROM pg_operator AS o JOIN pg_namespace AS n ON n.oid = o.oprnamespace
    -- Without a function it only stands in for one that another operator named.
    WHERE o.oprcode <> 0 AND o.oprnamespace IN ${schemas} AND ${
      isNoMember("pg_operator", "o.oid")
    }`,
  address: (operator) =>
    `OPERATOR ${nameOf(operator)} (${operator.left ?? "NONE"}, ${operator.right ?? "NONE"})`,
  create: (operator) => {
    const settings = Object.entries({
      FUNCTION: operator.function,
      LEFTARG: operator.left,
      RIGHTARG: operator.right,
      COMMUTATOR: operator.commutator,
      NEGATOR: operator.negator,
      RESTRICT: operator.restrict,
      JOIN: operator.join,
    }).flatMap(([name, value]) => value === undefined ? [] : [`\n  ${name} = ${value}`]);
    if (operator.hashes) settings.push("\n  HASHES");
    if (operator.merges) settings.push("\n  MERGES");
    return [`CREATE OPERATOR ${nameOf(operator)} (${settings.join(",")}\n)`];
  },
};

/** An operator's own name is never quoted. */
function nameOf({ schema, name }: Operator): string {
  return `${quoteIfNeeded(schema)}.${name}`;
}
