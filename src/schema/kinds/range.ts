// Pure.
/**
 * Range types, each with its multirange type from PostgreSQL 14.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { collationUnless, initialAcl, isNoMember, privileges } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Range extends SchemaObject, InSchema {
  readonly kind: "range";
  readonly subtype: string;
  /** Where it is not the default one of the subtype. */
  readonly operatorClass?: string;
  readonly collation?: string;
  readonly canonical?: string;
  readonly difference?: string;
  /** From PostgreSQL 14; qualified. */
  readonly multirange?: string;
}

export const rangeKind: Kind<Range> = {
  kind: "range",
  query: ({ version, schemas }) => {
    const multirange = `(SELECT format('%I.%I', mn.nspname, m.typname) FROM pg_type AS m
      JOIN pg_namespace AS mn ON mn.oid = m.typnamespace WHERE m.oid = r.rngmultitypid)`;
    return `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.typname, 'owner', pg_get_userbyid(t.typowner),
      'subtype', format_type(r.rngsubtype, NULL),
      'operatorClass', (SELECT format('%I.%I', on_.nspname, o.opcname) FROM pg_opclass AS o
        JOIN pg_namespace AS on_ ON on_.oid = o.opcnamespace
        WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
      'collation', ${collationUnless("r.rngcollation", "s.typcollation")},
      'canonical', nullif(r.rngcanonical::oid, 0)::regproc::text,
      'difference', nullif(r.rngsubdiff::oid, 0)::regproc::text,
      'multirange', ${version >= 140000 ? multirange : "NULL"},
      ${
      privileges({ acl: "t.typacl", initial: initialAcl("T", "t.typowner"), owner: "t.typowner" })
    }
    )) AS object
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
      JOIN pg_range AS r ON r.rngtypid = t.oid JOIN pg_type AS s ON s.oid = r.rngsubtype
    WHERE t.typtype = 'r' AND t.typnamespace IN ${schemas} AND ${isNoMember("pg_type", "t.oid")}`;
  },
  address: (type) => `TYPE ${quoteQualifiedIfNeeded(type)}`,
  // Only a canonical function refers to the type, and only to make one is a shell allowed.
  shell: (type) => `CREATE TYPE ${quoteQualifiedIfNeeded(type)}`,
  create: (type) => {
    const settings = Object.entries({
      subtype: type.subtype,
      subtype_opclass: type.operatorClass,
      collation: type.collation,
      canonical: type.canonical,
      subtype_diff: type.difference,
      multirange_type_name: type.multirange,
    }).flatMap(([name, value]) =>
      value === undefined ? [] : [`\n  ${quoteIfNeeded(name)} = ${value}`]
    );
    return [`CREATE TYPE ${quoteQualifiedIfNeeded(type)} AS RANGE (${settings.join(",")}\n)`];
  },
};
