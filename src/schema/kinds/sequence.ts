// Pure.
/**
 * Sequences, also those of identity columns. Their values are data, and not described.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges, relationName, whenTrue } from "../model/reading.ts";
import { harmful, harmless } from "../model/repair_statement.ts";
import type { RepairStatement } from "../model/repair_statement.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";
import type { Table } from "../model/table.ts";

/** Numbers are text: they may be larger than JavaScript's are exact. */
export interface Sequence extends SchemaObject, InSchema {
  readonly kind: "sequence";
  readonly unlogged?: true;
  readonly type: "smallint" | "integer" | "bigint";
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle?: true;
  /** The column that it is dropped with. */
  readonly ownedBy?: {
    /** Qualified. */
    readonly table: string;
    readonly column: string;
    /** It makes the values of an identity column. */
    readonly identity?: "always" | "by default";
  };
}

export const sequenceKind: Kind<Sequence> = {
  kind: "sequence",
  query: ({ schemas }) =>
    `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', c.relname, 'owner', pg_get_userbyid(c.relowner),
      'unlogged', ${whenTrue("c.relpersistence = 'u'")},
      'type', format_type(s.seqtypid, NULL), 'start', s.seqstart::text,
      'increment', s.seqincrement::text, 'minimum', s.seqmin::text, 'maximum', s.seqmax::text,
      'cache', s.seqcache::text, 'cycle', ${whenTrue("s.seqcycle")},
      'ownedBy', (SELECT json_build_object('table', ${relationName("a.attrelid")},
          'column', a.attname, 'identity', CASE WHEN d.deptype = 'i' THEN CASE a.attidentity
            WHEN 'a' THEN 'always' ELSE 'by default' END END)
        FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid
          AND a.attnum = d.refobjsubid
        WHERE d.classid = c.tableoid AND d.objid = c.oid AND d.objsubid = 0
          AND d.refclassid = c.tableoid AND d.deptype IN ('a', 'i')),
      ${
      privileges({ acl: "c.relacl", initial: initialAcl("s", "c.relowner"), owner: "c.relowner" })
    }
    )) AS object
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_sequence AS s ON s.seqrelid = c.oid
    WHERE c.relkind = 'S' AND c.relnamespace IN ${schemas} AND ${isNoMember("pg_class", "c.oid")}`,
  address: (sequence) => `SEQUENCE ${quoteQualifiedIfNeeded(sequence)}`,
  create: (sequence, { find }) => {
    const name = quoteQualifiedIfNeeded(sequence);
    const { ownedBy } = sequence;
    if (ownedBy?.identity !== undefined) {
      const table = find(`TABLE ${ownedBy.table}`) as Table | undefined;
      // A sequence of another table's persistence says so itself, from PostgreSQL 15.
      const differs = table !== undefined && table.unlogged !== sequence.unlogged;
      return [
        `ALTER TABLE ${ownedBy.table} ALTER COLUMN ${quoteIfNeeded(ownedBy.column)} ` +
        `ADD GENERATED ${ownedBy.identity.toUpperCase()} AS IDENTITY (\n  SEQUENCE NAME ${name} ` +
        `${sequenceParameters(sequence)}\n)`,
        ...(differs
          ? [`ALTER SEQUENCE ${name} SET ${sequence.unlogged ? "UNLOGGED" : "LOGGED"}`]
          : []),
      ];
    }
    return [
      `CREATE ${sequence.unlogged ? "UNLOGGED " : ""}SEQUENCE ${name} AS ${sequence.type} ` +
      sequenceParameters(sequence),
      ...(ownedBy === undefined
        ? []
        : [`ALTER SEQUENCE ${name} OWNED BY ${ownedBy.table}.${quoteIfNeeded(ownedBy.column)}`]),
    ];
  },
  alter: (actual, expected) => alter(actual, expected),
  remove: (sequence) => [harmful(dropStatement(sequence), "loss")],
  drop: (sequence) => [dropStatement(sequence)],
};

function dropStatement({ ownedBy, ...sequence }: Sequence): string {
  return ownedBy?.identity === undefined
    ? `DROP SEQUENCE ${quoteQualifiedIfNeeded(sequence)}`
    : `ALTER TABLE ${ownedBy.table} ALTER COLUMN ${quoteIfNeeded(ownedBy.column)} DROP IDENTITY`;
}

function alter(actual: Sequence, expected: Sequence): readonly RepairStatement[] | undefined {
  const [before, after] = [actual.ownedBy, expected.ownedBy];
  const isIdentity = before?.identity !== undefined || after?.identity !== undefined;
  if (isIdentity && (before?.table !== after?.table || before?.column !== after?.column)) {
    return undefined;
  }
  if (isIdentity && (before?.identity === undefined || after?.identity === undefined)) {
    return undefined;
  }
  const name = quoteQualifiedIfNeeded(expected);
  const statements = [`ALTER SEQUENCE ${name} AS ${expected.type} ${sequenceParameters(expected)}`];
  if (actual.unlogged !== expected.unlogged) {
    statements.push(`ALTER SEQUENCE ${name} SET ${expected.unlogged ? "UNLOGGED" : "LOGGED"}`);
  }
  if (after?.identity === undefined) {
    const owner = after === undefined ? "NONE" : `${after.table}.${quoteIfNeeded(after.column)}`;
    statements.push(`ALTER SEQUENCE ${name} OWNED BY ${owner}`);
  } else {
    statements.push(
      `ALTER TABLE ${after.table} ALTER COLUMN ${quoteIfNeeded(after.column)} ` +
        `SET GENERATED ${after.identity.toUpperCase()}`,
    );
  }
  return statements.map(harmless);
}

/** `INCREMENT BY 1 MINVALUE 1 …`. */
export function sequenceParameters(sequence: Sequence): string {
  return `INCREMENT BY ${sequence.increment} MINVALUE ${sequence.minimum} ` +
    `MAXVALUE ${sequence.maximum} START WITH ${sequence.start} CACHE ${sequence.cache}` +
    (sequence.cycle ? " CYCLE" : " NO CYCLE");
}
