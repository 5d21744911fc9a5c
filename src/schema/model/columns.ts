// Pure.
/**
 * The columns of tables, views and composite types.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import { collationUnless, options, privileges, type ReadingContext, whenTrue } from "./reading.ts";
import type { Described, Options } from "./schema.ts";

/** A column. Its default is an object of its own, and so is the sequence of an identity column. */
export interface Column extends Described {
  /** As format_type() writes it. */
  readonly type: string;
  /** Where it is not the type's own. */
  readonly collation?: string;
  readonly notNull?: true;
  /** Only a parent's NOT NULL makes it so. */
  readonly notNullInherited?: true;
  /** From PostgreSQL 18, where NOT NULL is a constraint: what is unusual about it. */
  readonly notNullConstraint?: NotNullConstraint;
  readonly generated?: "stored" | "virtual";
  /** Of a generated column. */
  readonly expression?: string;
  /** Declared by a parent: `inherited` only there, `merged` here as well. Absent in partitions. */
  readonly origin?: "inherited" | "merged";
  /** Where it is not the type's own. */
  readonly storage?: "plain" | "external" | "extended" | "main";
  readonly compression?: "pglz" | "lz4";
  /** The statistics target that was set. */
  readonly statistics?: number;
  readonly options?: Options;
  /** Of a foreign table. */
  readonly foreignOptions?: Options;
}

/** A NOT NULL constraint that is not the one that `NOT NULL` in CREATE TABLE makes. */
export interface NotNullConstraint {
  /** Where it is not `<table>_<column>_not_null`. */
  readonly name?: string;
  readonly noInherit?: true;
  readonly notValid?: true;
}

/** JSON of all columns of the relation `c`, a row of pg_class. */
export function columnsJson({ version }: ReadingContext): string {
  const target = version >= 170000 ? "a.attstattarget" : "nullif(a.attstattarget, -1)";
  const compression = version >= 140000
    ? "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END"
    : "NULL";
  return `(SELECT json_agg(json_build_object(
      'number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'collation', ${collationUnless("a.attcollation", "t.typcollation")},
      'notNull', ${whenTrue("a.attnotnull")},
      'notNullInherited', ${whenTrue(`a.attnotnull AND ${NOT_NULL_INHERITED(version)}`)},
      'notNullConstraint', ${version >= 180000 ? NOT_NULL_CONSTRAINT : "NULL"},
      'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
      'expression', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
      'origin', CASE WHEN a.attinhcount > 0 AND NOT c.relispartition THEN
        CASE WHEN a.attislocal THEN 'merged' ELSE 'inherited' END END,
      'storage', CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain'
        WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' END END,
      'compression', ${compression},
      'statistics', ${target},
      'options', CASE WHEN a.attoptions IS NOT NULL THEN ${options("a.attoptions")} END,
      'foreignOptions', CASE WHEN a.attfdwoptions IS NOT NULL THEN ${
    options("a.attfdwoptions")
  } END,
      ${privileges({ acl: "a.attacl", initial: "NULL::aclitem[]", owner: "c.relowner" })}
    ) ORDER BY a.attnum)
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef AS d ON a.attgenerated <> '' AND d.adrelid = a.attrelid
        AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;
}

const NOT_NULL_INHERITED = (version: number) =>
  `a.attinhcount > 0 AND NOT c.relispartition AND ` +
  (version >= 180000
    ? `EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
        AND k.conkey = ARRAY[a.attnum] AND NOT k.conislocal)`
    : `EXISTS (SELECT FROM pg_inherits AS i JOIN pg_attribute AS p ON p.attrelid = i.inhparent
        AND p.attname = a.attname AND p.attnotnull WHERE i.inhrelid = a.attrelid)`);

const NOT_NULL_CONSTRAINT = `CASE WHEN a.attnotnull THEN (SELECT json_build_object(
    'name', CASE WHEN k.conname <> c.relname || '_' || a.attname || '_not_null'
      THEN k.conname END,
    'noInherit', ${whenTrue("k.connoinherit")}, 'notValid', ${whenTrue("NOT k.convalidated")})
  FROM pg_constraint AS k
  WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
    AND (k.connoinherit OR NOT k.convalidated
      OR k.conname <> c.relname || '_' || a.attname || '_not_null')) END`;

/** `id bigint NOT NULL`, as in CREATE TABLE. */
export function columnDefinition(column: Column): string {
  const words = [quoteIfNeeded(column.name), column.type];
  if (column.foreignOptions !== undefined) {
    words.push(`OPTIONS (${foreignOptions(column.foreignOptions)})`);
  }
  if (column.collation !== undefined) words.push(`COLLATE ${column.collation}`);
  if (column.generated !== undefined) {
    words.push(`GENERATED ALWAYS AS (${column.expression}) ${column.generated.toUpperCase()}`);
  }
  words.push(...notNullWords(column));
  return words.join(" ");
}

/** NOT NULL with the constraint's name, where the column has it in its own right and from the start. */
export function notNullWords(column: Column): readonly string[] {
  const { notNull, notNullInherited, notNullConstraint: constraint } = column;
  if (notNull === undefined || notNullInherited || constraint?.notValid) return [];
  return [
    ...(constraint?.name === undefined ? [] : [`CONSTRAINT ${quoteIfNeeded(constraint.name)}`]),
    "NOT NULL",
    ...(constraint?.noInherit ? ["NO INHERIT"] : []),
  ];
}

/** What CREATE TABLE cannot say of a column, as ALTER … statements of that relation. */
export function columnSettings(alter: string, columns: readonly Column[]): readonly string[] {
  return columns.flatMap((column) => {
    const name = quoteIfNeeded(column.name);
    const { notNullConstraint: constraint } = column;
    return [
      ...(column.origin === "inherited" ? setNotNull(alter, column) : []),
      ...(constraint?.notValid
        ? [
          `${alter} ADD${
            constraint.name === undefined ? "" : ` CONSTRAINT ${quoteIfNeeded(constraint.name)}`
          } NOT NULL ${name}${constraint.noInherit ? " NO INHERIT" : ""} NOT VALID`,
        ]
        : []),
      ...(column.storage === undefined
        ? []
        : [`${alter} ALTER COLUMN ${name} SET STORAGE ${column.storage.toUpperCase()}`]),
      ...(column.compression === undefined
        ? []
        : [`${alter} ALTER COLUMN ${name} SET COMPRESSION ${column.compression}`]),
      ...(column.statistics === undefined
        ? []
        : [`${alter} ALTER COLUMN ${name} SET STATISTICS ${column.statistics}`]),
      ...(column.options === undefined
        ? []
        : [`${alter} ALTER COLUMN ${name} SET (${storageOptions(column.options)})`]),
    ];
  });
}

function setNotNull(alter: string, column: Column): readonly string[] {
  const words = notNullWords(column);
  const name = quoteIfNeeded(column.name);
  if (words.length === 0) return [];
  return column.notNullConstraint?.name === undefined
    ? [`${alter} ALTER COLUMN ${name} SET NOT NULL`]
    : [
      `${alter} ADD ${words.slice(0, 3).join(" ")} ${name}${
        words.length > 2 && words.at(-1) === "NO INHERIT" ? " NO INHERIT" : ""
      }`,
    ];
}

/** `fillfactor=70, "toast.autovacuum_enabled"=false` for WITH (…) and SET (…). */
export function storageOptions(options: Options): string {
  return Object.entries(options)
    .map(([name, value]) =>
      `${name.split(".").map(quoteIfNeeded).join(".")}=${quoteLiteral(value)}`
    )
    .join(", ");
}

/** `host 'db', port '5432'` for OPTIONS (…). */
export function foreignOptions(options: Options): string {
  return Object.entries(options)
    .map(([name, value]) => `${quoteIfNeeded(name)} ${quoteLiteral(value)}`)
    .join(", ");
}
