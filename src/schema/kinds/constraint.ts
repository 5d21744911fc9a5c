// Pure.
/**
 * Constraints of tables and of domains, with the index that a constraint has made. NOT NULL is told with
 * its column, whatever the server's release.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import {
  changedIndexSettings,
  INDEX_OPTIONS,
  type IndexSettings,
  indexSettingsPairs,
  indexSettingStatements,
} from "../model/index_settings.ts";
import type { Kind, WritingContext } from "../model/kind.ts";
import { isNoMember, whenTrue } from "../model/reading.ts";
import { harmful, harmless, outside, type RepairStatement } from "../model/repair_statement.ts";
import type { InSchema, Options, SchemaObject } from "../model/schema.ts";
import type { Table } from "../model/table.ts";

export interface Constraint extends SchemaObject {
  readonly kind: "constraint";
  /** Qualified; of a table's constraint. */
  readonly table?: string;
  /** Qualified; of a domain's. */
  readonly domain?: string;
  readonly type: "check" | "foreign key" | "primary key" | "unique" | "exclusion";
  /** As pg_get_constraintdef() gives it. */
  readonly definition: string;
  /** It is there only because a parent has it. */
  readonly inherited?: true;
  readonly index?: IndexSettings & InSchema & {
    readonly options?: Options;
    readonly comment?: string;
  };
}

export const constraintKind: Kind<Constraint> = {
  kind: "constraint",
  query: ({ version, schemas }) =>
    `SELECT k.tableoid AS class, k.oid, json_strip_nulls(json_build_object(
      'name', k.conname,
      'table', CASE WHEN k.conrelid <> 0 THEN format('%I.%I', tn.nspname, t.relname) END,
      'domain', CASE WHEN k.contypid <> 0 THEN format_type(k.contypid, NULL) END,
      'type', CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key'
        WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'exclusion' END,
      'definition', pg_get_constraintdef(k.oid),
      'inherited', ${whenTrue("k.conrelid <> 0 AND (k.conparentid <> 0 OR NOT k.conislocal)")},
      'index', CASE WHEN k.contype IN ('p', 'u', 'x') THEN (SELECT json_build_object(
          'schema', tn.nspname, 'name', c.relname, 'options', ${INDEX_OPTIONS},
          'comment', obj_description(c.oid, 'pg_class'),
          ${indexSettingsPairs(version)})
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indexrelid = k.conindid) END)) AS object
    FROM pg_constraint AS k LEFT JOIN pg_class AS t ON t.oid = k.conrelid
      LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.connamespace IN ${schemas}
      -- A key that references a partitioned table has one more for each partition there.
      AND NOT EXISTS (SELECT FROM pg_constraint AS whole
        WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)
      AND CASE WHEN k.conrelid <> 0 THEN ${isNoMember("pg_class", "k.conrelid")}
        ELSE ${isNoMember("pg_type", "k.contypid")} END`,
  printed: ["definition"],
  address: ({ name, table, domain }) =>
    `CONSTRAINT ${quoteIfNeeded(name)} ON ${domain === undefined ? table : `DOMAIN ${domain}`}`,
  create,
  build,
  alter,
  drop: (constraint) =>
    constraint.inherited
      ? []
      : [`${alterOwner(constraint)} DROP CONSTRAINT ${quoteIfNeeded(constraint.name)}`],
};

function create(constraint: Constraint, context: WritingContext): readonly string[] {
  const { name, table, domain, type, definition, index } = constraint;
  // A constraint without an index comes down from the parent's.
  if (constraint.inherited && index === undefined) return [];
  const add = `ADD CONSTRAINT ${quoteIfNeeded(name)} ${definition}`;
  if (domain !== undefined) return [`ALTER DOMAIN ${domain} ${add}`];
  const partitioned = isPartitioned(table, context);
  // A check must reach the children, and so must a partitioned table's foreign key.
  const only = type !== "check" && !(type === "foreign key" && partitioned);
  const tablespace = index?.tablespace;
  return [
    ...(tablespace === undefined ? [] : [`SET default_tablespace = ${quoteIfNeeded(tablespace)}`]),
    `ALTER TABLE ${only ? "ONLY " : ""}${table} ${add}`,
    ...(tablespace === undefined ? [] : ["RESET default_tablespace"]),
    ...(index === undefined ? [] : [
      ...indexSettingStatements(index, { table: table!, index }),
      ...(index.comment === undefined ? [] : [
        `COMMENT ON INDEX ${quoteIfNeeded(index.schema)}.${quoteIfNeeded(index.name)} IS ${
          quoteLiteral(index.comment)
        }`,
      ]),
    ]),
  ];
}

/** What was added NOT VALID is validated, an index is set anew; everything else is another constraint. */
function alter(
  actual: Constraint,
  expected: Constraint,
  context: WritingContext,
): readonly RepairStatement[] | undefined {
  const { definition, index, table } = expected;
  const isSame = actual.definition === definition;
  if (!isSame && actual.definition !== `${definition} NOT VALID`) return undefined;
  const validate = `${alterOwner(expected)} VALIDATE CONSTRAINT ${quoteIfNeeded(expected.name)}`;
  if (index === undefined || actual.index === undefined) return isSame ? [] : [harmless(validate)];
  if (actual.index.partOf !== index.partOf || actual.index.tablespace !== index.tablespace) {
    return undefined;
  }
  const at = { table: table!, index };
  return changedIndexSettings({ actual: actual.index, expected: index }, at, context).map(harmless);
}

function alterOwner({ table, domain }: Constraint): string {
  return domain === undefined ? `ALTER TABLE ${table}` : `ALTER DOMAIN ${domain}`;
}

/** A key, with names of columns that hold no bracket; anything else is left to ALTER TABLE. */
const KEY = /^(PRIMARY KEY|UNIQUE) (\([^()]*\))( INCLUDE \([^()]*\))?((?: NOT)? DEFERRABLE.*)?$/;

function build(constraint: Constraint, context: WritingContext): readonly RepairStatement[] {
  const statements = create(constraint, context).map(harmless);
  const { type, name, table, definition } = constraint;
  if (statements.length === 0) return statements;
  const [add, ...rest] = statements as [RepairStatement, ...RepairStatement[]];
  if ((type === "check" || type === "foreign key") && table !== undefined) {
    if (definition.endsWith(" NOT VALID") || definition.endsWith(" NOT ENFORCED")) {
      return statements;
    }
    if (isPartitioned(table, context) && type === "foreign key") {
      return [{ ...add, effects: ["scan"] }];
    }
    return [
      harmless(`${add.sql} NOT VALID`),
      harmless(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteIfNeeded(name)}`),
      ...rest,
    ];
  }
  const [, words, columns, include = "", deferrable = ""] = KEY.exec(definition) ?? [];
  if (words === undefined || isPartitioned(table, context)) {
    return [harmful(add.sql, "scan"), ...rest];
  }
  return [
    outside(
      `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIfNeeded(name)} ON ${table} ${columns}${include}`,
    ),
    harmless(
      `ALTER TABLE ONLY ${table} ADD CONSTRAINT ${quoteIfNeeded(name)} ${words} USING INDEX ${
        quoteIfNeeded(name)
      }${deferrable}`,
    ),
    ...rest,
  ];
}

function isPartitioned(table: string | undefined, { find }: WritingContext): boolean {
  return (find(`TABLE ${table}`) as Table | undefined)?.partitionBy !== undefined;
}
