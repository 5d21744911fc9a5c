// Pure.
/**
 * Domains. Their CHECK constraints are objects of their own.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { collationUnless, initialAcl, isNoMember, privileges, whenTrue } from "../model/reading.ts";
import { harmful, harmless, type RepairStatement } from "../model/repair_statement.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Domain extends SchemaObject, InSchema {
  readonly kind: "domain";
  readonly type: string;
  readonly collation?: string;
  readonly notNull?: true;
  /** From PostgreSQL 17: the name of the constraint, where it is not the one that it gets by itself. */
  readonly notNullConstraint?: string;
  readonly default?: string;
}

const NOT_NULL_CONSTRAINT = `(SELECT k.conname FROM pg_constraint AS k
  WHERE k.contypid = t.oid AND k.contype = 'n' AND k.conname <> t.typname || '_not_null')`;

export const domainKind: Kind<Domain> = {
  kind: "domain",
  query: ({ version, schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.typname, 'owner', pg_get_userbyid(t.typowner),
      'type', format_type(t.typbasetype, t.typtypmod),
      'collation', ${collationUnless("t.typcollation", "b.typcollation")},
      'notNull', ${whenTrue("t.typnotnull")},
      'notNullConstraint', ${version >= 170000 ? NOT_NULL_CONSTRAINT : "NULL"},
      'default', coalesce(pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), t.typdefault),
      ${
      privileges({ acl: "t.typacl", initial: initialAcl("T", "t.typowner"), owner: "t.typowner" })
    }
    )) AS object
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
      JOIN pg_type AS b ON b.oid = t.typbasetype
    WHERE t.typtype = 'd' AND t.typnamespace IN ${schemas} AND ${isNoMember("pg_type", "t.oid")}`,
  printed: ["default"],
  address: (domain) => `DOMAIN ${quoteQualifiedIfNeeded(domain)}`,
  create: (domain) => {
    const words = [`CREATE DOMAIN ${quoteQualifiedIfNeeded(domain)} AS ${domain.type}`];
    if (domain.collation !== undefined) words.push(`COLLATE ${domain.collation}`);
    if (domain.notNullConstraint !== undefined) {
      words.push(`CONSTRAINT ${quoteIfNeeded(domain.notNullConstraint)}`);
    }
    if (domain.notNull) words.push("NOT NULL");
    if (domain.default !== undefined) words.push(`DEFAULT ${domain.default}`);
    return [words.join(" ")];
  },
  alter: (actual, expected) => {
    if (actual.type !== expected.type || actual.collation !== expected.collation) return undefined;
    const alter = `ALTER DOMAIN ${quoteQualifiedIfNeeded(expected)}`;
    const statements: RepairStatement[] = [];
    if (actual.default !== expected.default) {
      statements.push(harmless(
        expected.default === undefined
          ? `${alter} DROP DEFAULT`
          : `${alter} SET DEFAULT ${expected.default}`,
      ));
    }
    if (actual.notNull !== expected.notNull) {
      statements.push(
        expected.notNull
          ? harmful(`${alter} SET NOT NULL`, "scan")
          : harmless(`${alter} DROP NOT NULL`),
      );
    }
    return statements;
  },
};
