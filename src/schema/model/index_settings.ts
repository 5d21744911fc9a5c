// Pure.
/**
 * Settings of an index, also of one that belongs to a constraint.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { WritingContext } from "./kind.ts";
import { storageOptions } from "./columns.ts";
import { options, relationName, tablespaceName, whenTrue } from "./reading.ts";
import type { InSchema, Options } from "./schema.ts";

export interface IndexSettings {
  /** The index of the partitioned table that it is a part of; qualified. */
  readonly partOf?: string;
  readonly tablespace?: string;
  /** CLUSTER uses it. */
  readonly clustered?: true;
  readonly replicaIdentity?: true;
  /** Statistics targets of its expressions, by the number of its column. */
  readonly statistics?: Readonly<Record<string, number>>;
  /** A concurrent build of it was interrupted; or it is the incomplete index of a partitioned table. */
  readonly invalid?: true;
}

/** Pairs for json_build_object; `i` is a row of pg_index, `c` its row of pg_class. */
export function indexSettingsPairs(version: number): string {
  const target = version >= 170000 ? "a.attstattarget" : "nullif(a.attstattarget, -1)";
  return `'partOf', (SELECT ${relationName("h.inhparent")} FROM pg_inherits AS h
      WHERE h.inhrelid = c.oid),
    'tablespace', ${tablespaceName("c.reltablespace")},
    'clustered', ${whenTrue("i.indisclustered")},
    'replicaIdentity', ${whenTrue("i.indisreplident")},
    'statistics', (SELECT json_object_agg(a.attnum, ${target} ORDER BY a.attnum)
      FROM pg_attribute AS a WHERE a.attrelid = c.oid AND ${target} IS NOT NULL),
    'invalid', ${whenTrue("NOT i.indisvalid")}`;
}

/** SQL for an index's storage parameters. */
export const INDEX_OPTIONS: string = options("c.reloptions");

/**
 * The statements that make them.
 *
 * @param at.table Qualified and quoted where needed.
 * @param at.index Its parts unquoted.
 */
export function indexSettingStatements(
  settings: IndexSettings & { readonly options?: Options },
  at: { readonly table: string; readonly index: InSchema },
): readonly string[] {
  const { table } = at;
  const index = quoteQualifiedIfNeeded(at.index);
  const name = quoteIfNeeded(at.index.name);
  return [
    ...(settings.options === undefined
      ? []
      : [`ALTER INDEX ${index} SET (${storageOptions(settings.options)})`]),
    ...(settings.partOf === undefined
      ? []
      : [`ALTER INDEX ${settings.partOf} ATTACH PARTITION ${index}`]),
    ...Object.entries(settings.statistics ?? {}).map(([column, target]) =>
      `ALTER INDEX ${index} ALTER COLUMN ${column} SET STATISTICS ${target}`
    ),
    ...(settings.clustered ? [`ALTER TABLE ${table} CLUSTER ON ${name}`] : []),
    ...(settings.replicaIdentity
      ? [`ALTER TABLE ONLY ${table} REPLICA IDENTITY USING INDEX ${name}`]
      : []),
  ];
}

/**
 * The statements that turn the settings of an index into others. Where another index of the table takes a
 * role over, this one gives it up by that.
 */
export function changedIndexSettings(
  { actual, expected }: {
    readonly actual: IndexSettings & { readonly options?: Options };
    readonly expected: IndexSettings & { readonly options?: Options };
  },
  at: { readonly table: string; readonly index: InSchema },
  { partsOf }: WritingContext,
): readonly string[] {
  const { partOf: _, ...settings } = expected;
  const indexes = partsOf(at.table).map((object) =>
    (object as { index?: IndexSettings }).index ?? object as IndexSettings
  );
  const givesUp = (role: "clustered" | "replicaIdentity") =>
    actual[role] === true && !expected[role] && !indexes.some((index) => index[role]);
  const name = quoteQualifiedIfNeeded(at.index);
  const columns = Object.keys(actual.statistics ?? {})
    .filter((column) => expected.statistics?.[column] === undefined);
  const gone = Object.keys(actual.options ?? {})
    .filter((option) => !(option in (expected.options ?? {})));
  return [
    ...columns.map((column) => `ALTER INDEX ${name} ALTER COLUMN ${column} SET STATISTICS -1`),
    ...(gone.length === 0 ? [] : [`ALTER INDEX ${name} RESET (${gone.join(", ")})`]),
    ...(givesUp("clustered") ? [`ALTER TABLE ${at.table} SET WITHOUT CLUSTER`] : []),
    ...(givesUp("replicaIdentity")
      ? [`ALTER TABLE ONLY ${at.table} REPLICA IDENTITY DEFAULT`]
      : []),
    ...indexSettingStatements(settings, at),
  ];
}
