// Pure.
/**
 * Aggregate functions.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Aggregate extends SchemaObject, InSchema {
  readonly kind: "aggregate";
  /** Names, modes and types, with ORDER BY for an ordered-set aggregate; `*` for none. */
  readonly arguments: string;
  /** CREATE AGGREGATE's parameters as SQL, in its order. */
  readonly parameters: Readonly<Record<string, string>>;
}

const FINAL_MODIFY = (column: string, usual: string) =>
  `CASE WHEN a.${column} <> ${usual} THEN CASE a.${column} WHEN 'r' THEN 'read_only'
    WHEN 's' THEN 'shareable' ELSE 'read_write' END END`;

/** Ordered-set aggregates assume that their final function modifies the state, others that it does not. */
const USUAL_MODIFY = `CASE WHEN a.aggkind = 'n' THEN 'r'::"char" ELSE 'w'::"char" END`;

const PARAMETERS = Object.entries({
  sfunc: "a.aggtransfn::text",
  stype: "format_type(a.aggtranstype, NULL)",
  sspace: "nullif(a.aggtransspace, 0)::text",
  finalfunc: proc("aggfinalfn"),
  finalfunc_extra: "CASE WHEN a.aggfinalextra THEN 'true' END",
  finalfunc_modify: FINAL_MODIFY("aggfinalmodify", USUAL_MODIFY),
  combinefunc: proc("aggcombinefn"),
  serialfunc: proc("aggserialfn"),
  deserialfunc: proc("aggdeserialfn"),
  initcond: "quote_literal(a.agginitval)",
  msfunc: proc("aggmtransfn"),
  minvfunc: proc("aggminvtransfn"),
  mstype: "CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END",
  msspace: "nullif(a.aggmtransspace, 0)::text",
  mfinalfunc: proc("aggmfinalfn"),
  mfinalfunc_extra: "CASE WHEN a.aggmfinalextra THEN 'true' END",
  mfinalfunc_modify: FINAL_MODIFY("aggmfinalmodify", USUAL_MODIFY),
  minitcond: "quote_literal(a.aggminitval)",
  sortop: `(SELECT format('OPERATOR(%I.%s)', sn.nspname, s.oprname) FROM pg_operator AS s
        JOIN pg_namespace AS sn ON sn.oid = s.oprnamespace WHERE s.oid = a.aggsortop)`,
  parallel: "CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END",
  hypothetical: "CASE WHEN a.aggkind = 'h' THEN 'true' END",
}).map(([name, value]) => `${quoteLiteral(name)}, ${value}`).join(",\n        ");

function proc(column: string): string {
  return `nullif(a.${column}::oid, 0)::regproc::text`;
}

export const aggregateKind: Kind<Aggregate> = {
  kind: "aggregate",
  query: ({ schemas }) =>
    `SELECT p.tableoid AS class, p.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', p.proname, 'owner', pg_get_userbyid(p.proowner),
      'arguments', coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*'),
      'parameters', json_build_object(
        ${PARAMETERS}),
      ${
      privileges({ acl: "p.proacl", initial: initialAcl("f", "p.proowner"), owner: "p.proowner" })
    }
    )) AS object
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
      JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
    WHERE p.pronamespace IN ${schemas} AND ${isNoMember("pg_proc", "p.oid")}`,
  address: (aggregate) => `AGGREGATE ${quoteQualifiedIfNeeded(aggregate)}(${aggregate.arguments})`,
  // GRANT knows no aggregates, and no ORDER BY among arguments.
  grantee: (aggregate) =>
    `FUNCTION ${quoteQualifiedIfNeeded(aggregate)}(${
      aggregate.arguments.replace(/^\*$/, "").replace(/^ORDER BY /, "").replace(" ORDER BY ", ", ")
    })`,
  create: (aggregate) => {
    const settings = Object.entries(aggregate.parameters)
      .map(([name, value]) =>
        name === "hypothetical" ? "\n  hypothetical" : `\n  ${name} = ${value}`
      );
    return [
      `CREATE AGGREGATE ${quoteQualifiedIfNeeded(aggregate)}(${aggregate.arguments}) (${
        settings.join(",")
      }\n)`,
    ];
  },
};
