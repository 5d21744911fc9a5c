// Pure.
/**
 * Operator families and classes.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, whenTrue } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";
import { OPERATOR_SIGNATURE } from "./operator.ts";

export interface OperatorFamily extends SchemaObject, InSchema {
  readonly kind: "operator family";
  readonly accessMethod: string;
}

export interface OperatorClass extends SchemaObject, InSchema {
  readonly kind: "operator class";
  readonly accessMethod: string;
  readonly type: string;
  readonly default?: true;
  /** Qualified. */
  readonly family: string;
  /** What an index stores, where it is not the type. */
  readonly storage?: string;
  /** `OPERATOR 1 public.<(a, b)` and `FUNCTION 1 (a, b) public.compare(a, b)`. */
  readonly members: readonly string[];
}

/** Operators and functions that were added to a family by themselves: they are in no class. */
export interface OperatorFamilyMembers extends SchemaObject, InSchema {
  readonly kind: "operator family members";
  readonly accessMethod: string;
  readonly members: readonly string[];
}

const OPERATOR = `format('OPERATOR %s %s', ao.amopstrategy, ${OPERATOR_SIGNATURE("ao.amopopr")})
  || coalesce((SELECT format(' FOR ORDER BY %I.%I', fn.nspname, f.opfname) FROM pg_opfamily AS f
    JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace WHERE f.oid = ao.amopsortfamily), '')`;

const FUNCTION =
  `format('FUNCTION %s (%s, %s) %s', ap.amprocnum, format_type(ap.amproclefttype, NULL),
  format_type(ap.amprocrighttype, NULL), ap.amproc::oid::regprocedure)`;

/** The members that depend on one object: what ALTER added depends on the family. */
function members(refclass: string, oid: string): string {
  const belongs = (catalog: string, member: string) =>
    `EXISTS (SELECT FROM pg_depend AS part WHERE part.classid = '${catalog}'::regclass
      AND part.objid = ${member} AND part.refclassid = '${refclass}'::regclass
      AND part.refobjid = ${oid} AND part.deptype IN ('i', 'a'))`;
  return `(SELECT json_agg(m.member ORDER BY m.kind, m.number, m.member) FROM (
      SELECT 1 AS kind, ao.amopstrategy AS number, ${OPERATOR} AS member FROM pg_amop AS ao
      WHERE ao.amopfamily = f.oid AND ${belongs("pg_amop", "ao.oid")}
      UNION ALL
      SELECT 2, ap.amprocnum, ${FUNCTION} FROM pg_amproc AS ap
      WHERE ap.amprocfamily = f.oid AND ${belongs("pg_amproc", "ap.oid")}) AS m)`;
}

export const operatorFamilyKind: Kind<OperatorFamily> = {
  kind: "operator family",
  query: ({ schemas }) =>
    `SELECT f.tableoid AS class, f.oid, json_build_object(
      'schema', n.nspname, 'name', f.opfname, 'owner', pg_get_userbyid(f.opfowner),
      'accessMethod', am.amname) AS object
    FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace
      JOIN pg_am AS am ON am.oid = f.opfmethod
    WHERE f.opfnamespace IN ${schemas} AND ${isNoMember("pg_opfamily", "f.oid")}`,
  address: addressOfFamily,
  create: (family) => [`CREATE ${addressOfFamily(family)}`],
};

export const operatorClassKind: Kind<OperatorClass> = {
  kind: "operator class",
  query: ({ schemas }) =>
    `SELECT o.tableoid AS class, o.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', o.opcname, 'owner', pg_get_userbyid(o.opcowner),
      'accessMethod', am.amname, 'type', format_type(o.opcintype, NULL),
      'default', ${whenTrue("o.opcdefault")}, 'family', format('%I.%I', fn.nspname, f.opfname),
      'storage', CASE WHEN o.opckeytype NOT IN (0, o.opcintype)
        THEN format_type(o.opckeytype, NULL) END,
      'members', coalesce(${members("pg_opclass", "o.oid")}, '[]'))) AS object
    FROM pg_opclass AS o JOIN pg_namespace AS n ON n.oid = o.opcnamespace
      JOIN pg_opfamily AS f ON f.oid = o.opcfamily JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace
      JOIN pg_am AS am ON am.oid = o.opcmethod
    WHERE o.opcnamespace IN ${schemas} AND ${isNoMember("pg_opclass", "o.oid")}`,
  address: (one) =>
    `OPERATOR CLASS ${quoteQualifiedIfNeeded(one)} USING ${quoteIfNeeded(one.accessMethod)}`,
  create: (one) => {
    const content = [
      ...one.members,
      ...(one.storage === undefined ? [] : [`STORAGE ${one.storage}`]),
    ];
    // A class must have something in it; its own type says nothing.
    if (content.length === 0) content.push(`STORAGE ${one.type}`);
    return [
      `CREATE OPERATOR CLASS ${quoteQualifiedIfNeeded(one)}${one.default ? " DEFAULT" : ""} ` +
      `FOR TYPE ${one.type} USING ${quoteIfNeeded(one.accessMethod)} FAMILY ${one.family} AS` +
      content.map((member) => `\n  ${member}`).join(","),
    ];
  },
};

export const operatorFamilyMembersKind: Kind<OperatorFamilyMembers> = {
  kind: "operator family members",
  // It has no oid of its own; what its members need is named in `requires` of the functions' types.
  query: ({ schemas }) =>
    `SELECT 0 AS class, f.oid, json_build_object(
      'schema', n.nspname, 'name', f.opfname, 'accessMethod', am.amname,
      'members', ${members("pg_opfamily", "f.oid")}) AS object
    FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace
      JOIN pg_am AS am ON am.oid = f.opfmethod
    WHERE f.opfnamespace IN ${schemas} AND ${isNoMember("pg_opfamily", "f.oid")}
      AND ${members("pg_opfamily", "f.oid")} IS NOT NULL`,
  address: (loose) => `MEMBERS OF ${addressOfFamily(loose)}`,
  create: (loose) => [
    `ALTER ${addressOfFamily(loose)} ADD` +
    loose.members.map((member) => `\n  ${member}`).join(","),
  ],
  drop: (loose) => [
    `ALTER ${addressOfFamily(loose)} DROP` +
    loose.members.map((member) => `\n  ${withoutNames(member)}`).join(","),
  ],
};

function addressOfFamily(family: OperatorFamily | OperatorFamilyMembers): string {
  return `OPERATOR FAMILY ${quoteQualifiedIfNeeded(family)} USING ${
    quoteIfNeeded(family.accessMethod)
  }`;
}

/** DROP names a member by its number and types: `OPERATOR 1 (a, b)`. */
function withoutNames(member: string): string {
  const [, number, types] = /^(OPERATOR \d+) .*?(\([^()]*\))/.exec(member) ?? [];
  return number === undefined
    ? /^FUNCTION \d+ \([^()]*\)/.exec(member)?.[0] ?? member
    : `${number} ${types}`;
}
