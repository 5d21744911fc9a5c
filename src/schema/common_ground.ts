// Pure.
/**
 * Reduces a schema to what two releases of PostgreSQL both know.
 *
 * @module
 */

import type { Column } from "./model/columns.ts";
import type { Described, Privileges, Schema, SchemaObject } from "./model/schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Fields by kind, with the `server_version_num` that brought them. `*` is any kind's. */
const NEWER: readonly (readonly [kind: string, field: string, since: number])[] = [
  ["domain", "notNullConstraint", 170000],
  ["range", "multirange", 140000],
  // A sequence of an unlogged table is unlogged too, from that release on.
  ["sequence", "unlogged", 150000],
  ["publication", "generatedColumns", 180000],
  ["subscription", "settings", 180000],
];

const NEWER_OF_COLUMNS: readonly (readonly [field: keyof Column, since: number])[] = [
  ["compression", 140000],
  ["notNullConstraint", 180000],
  // Only from that release on does the catalog say whose NOT NULL it is.
  ["notNullInherited", 180000],
];

/** The right that came with PostgreSQL 17: whoever has all rights has it there, and cannot have it before. */
const MAINTAIN = { privilege: "MAINTAIN", since: 170000 };

/**
 * Returns the schema without what the older of two servers does not know. Between servers of one release
 * it returns the whole schema.
 *
 * @param other `server_version_num` of the other one.
 */
export function onCommonGround(schema: Schema, other: number): readonly SchemaObject[] {
  const oldest = Math.min(schema.server, other);
  if (major(schema.server) === major(other)) return schema.objects;
  return schema.objects.map((object) => {
    const { columns } = object as { readonly columns?: readonly Column[] };
    const kept = without(
      object as SchemaObject & Fields,
      NEWER.flatMap(([kind, field, since]) =>
        kind === object.kind && oldest < since ? [field] : []
      ),
    );
    const common = oldest < MAINTAIN.since ? withoutMaintain(kept) : kept;
    return columns === undefined
      ? common
      : { ...common, columns: columns.map((column) => commonColumn(column, oldest)) };
  });
}

function major(version: number): number {
  return Math.floor(version / 10000);
}

function commonColumn(column: Column, oldest: number): Column {
  const fields = NEWER_OF_COLUMNS.flatMap(([field, since]) => oldest < since ? [field] : []);
  return without(column as Column & Fields, fields);
}

function without<T extends Fields>(object: T, fields: readonly string[]): T {
  return Object.fromEntries(
    Object.entries(object).filter(([field]) => !fields.includes(field)),
  ) as T;
}

function withoutMaintain<T extends Described>(described: T): T {
  const { granted, revoked, ...rest } = described;
  const [kept, taken] = [granted, revoked].map(withoutPrivilege);
  return {
    ...rest,
    ...(kept === undefined ? {} : { granted: kept }),
    ...(taken === undefined ? {} : { revoked: taken }),
  } as T;
}

function withoutPrivilege(
  list: readonly Privileges[] | undefined,
): readonly Privileges[] | undefined {
  const kept = list?.map((one) => ({
    ...one,
    privileges: one.privileges.filter((privilege) => privilege !== MAINTAIN.privilege),
  })).filter(({ privileges }) => privileges.length > 0);
  return kept?.length === 0 ? undefined : kept;
}
