// Pure.
/**
 * Writes the SQL that turns a schema into the expected one.
 *
 * @module
 */

import type { Difference } from "./compare_schemas.ts";
import { changedDescriptions, changedOwner, changedPrivileges } from "./changed_facets.ts";
import {
  descriptionStatements,
  granteeOf,
  ownerStatements,
  privilegeStatements,
} from "./facets.ts";
import { partsOf } from "./model/parts_of.ts";
import type { WritingContext } from "./model/kind.ts";
import { addressOf, kindOf } from "./kinds.ts";
import { creationOrder } from "./order.ts";
import { harmless, type RepairStatement } from "./model/repair_statement.ts";
import type { Table } from "./model/table.ts";
import type { Schema, SchemaObject } from "./model/schema.ts";
import { inWritingOrder } from "./write_schema.ts";
import { rebuiltWith } from "./rebuilt_with.ts";

/** The statements, and what they cannot do. */
export interface Repair {
  /** In an order in which they run, after `WRITTEN_SETTINGS`. */
  readonly statements: readonly RepairStatement[];
  /** Differences that no statement can repair, with the reason. */
  readonly byHand: readonly { readonly address: string; readonly reason: string }[];
}

/**
 * Writes what turns `actual` into `expected`: drops first, from those that others need to those that need
 * nobody; then what is created and altered, the other way around. What stands on an object that must be
 * dropped and created is dropped and created with it.
 *
 * @param differences What `compareSchemas` says of the two.
 */
export function repairSchema(
  { expected, actual }: { readonly expected: Schema; readonly actual: Schema },
  differences: readonly Difference[],
): Repair {
  const wanted = new Map(expected.objects.map((object) => [addressOf(object), object]));
  const context: WritingContext = {
    find: (address) => wanted.get(address),
    partsOf: partsOf(expected.objects),
    hasShell: false,
  };
  const byHand: { address: string; reason: string }[] = [];
  const altered = new Map<string, readonly RepairStatement[]>();
  const dropped = new Set<string>();
  for (const difference of differences) {
    if (difference.change === "extra") dropped.add(difference.address);
    if (difference.change !== "different") continue;
    const alteration = alterationOf(difference, context);
    if (alteration === undefined) dropped.add(difference.address);
    else if ("byHand" in alteration) {
      byHand.push({ address: difference.address, reason: alteration.byHand });
    } else altered.set(difference.address, alteration);
  }
  const rebuilt = rebuiltWith({ dropped, differences }, actual.objects);
  const refused = keptTables([...rebuilt.objects], wanted);
  byHand.push(...refused.map((address) => ({
    address,
    reason: "It stands on something that must be dropped and created, and would lose its rows.",
  })));
  if (refused.length > 0) return { statements: [], byHand };
  const drops = creationOrder(inWritingOrder(rebuilt.objects)).toReversed()
    .flatMap(({ object, shell }) =>
      shell ? [] : rebuilt.implied.has(object) ? [] : removal(object)
    );
  const created = new Set([
    ...differences.flatMap(({ change, address }) => change === "missing" ? [address] : []),
    ...rebuilt.objects.map(addressOf),
  ]);
  const joining: RepairStatement[] = [];
  const building = creationOrder(inWritingOrder(expected.objects)).flatMap(({ object, shell }) => {
    const address = addressOf(object);
    if (shell) return [];
    if (!created.has(address)) return altered.get(address) ?? [];
    const statements = creation(object, { context, created });
    if (!isOfNewPartition(object, { context, created })) return statements;
    joining.push(...statements.filter(isAttaching));
    return statements.filter((statement) => !isAttaching(statement));
  });
  const privileges = expected.objects.flatMap((object) =>
    created.has(addressOf(object)) ? privilegeStatements(object).map(harmless) : []
  );
  return { statements: [...drops, ...building, ...joining, ...privileges], byHand };
}

type Different = Extract<Difference, { readonly change: "different" }>;

/** Undefined: only dropping and creating helps. */
function alterationOf(
  { expected, actual, fields }: Different,
  context: WritingContext,
): readonly RepairStatement[] | { readonly byHand: string } | undefined {
  const isOwn = fields.some(({ field }) => !isFacet(field, expected));
  const own = isOwn ? kindOf(expected).alter?.(actual, expected, context) : [];
  if (own === undefined || "byHand" in own) return own;
  return [
    ...own,
    ...changedOwner(actual, expected),
    ...changedDescriptions(actual, expected),
    ...changedPrivileges(actual, expected),
  ];
}

/** Whether the core changes it, whatever the kind. */
function isFacet(field: string, object: SchemaObject): boolean {
  const last = field.startsWith("columns.") ? field.slice(field.lastIndexOf(".") + 1) : field;
  if (["granted", "revoked"].includes(last)) return granteeOf(object) !== undefined;
  return ["owner", "comment", "securityLabels", "dependsOnExtensions"].includes(last);
}

/**
 * Whether it is a partition, or belongs to one, of a table that is there already. Such a partition joins
 * when it has its indexes: the server would otherwise make others.
 */
function isOfNewPartition(
  object: SchemaObject,
  { context, created }: { readonly context: WritingContext; readonly created: ReadonlySet<string> },
): boolean {
  const { table } = object as { readonly table?: string };
  const owner = table === undefined ? object : context.find(`TABLE ${table}`);
  const { partitionOf } = (owner ?? object) as Partial<Table>;
  return partitionOf !== undefined && created.has(addressOf(owner ?? object)) &&
    !created.has(`TABLE ${partitionOf.table}`);
}

function isAttaching({ sql }: RepairStatement): boolean {
  return /^ALTER (TABLE ONLY|INDEX) .+ ATTACH PARTITION /.test(sql);
}

/** Tables that would be made again only for the sake of others. */
function keptTables(
  rebuilt: readonly SchemaObject[],
  wanted: ReadonlyMap<string, SchemaObject>,
): readonly string[] {
  return rebuilt.map(addressOf).filter((address) => /^TABLE /.test(address) && wanted.has(address));
}

function removal(object: SchemaObject): readonly RepairStatement[] {
  const kind = kindOf(object);
  return kind.remove?.(object) ??
    (kind.drop?.(object) ?? [`DROP ${kind.address(object)}`]).map(harmless);
}

function creation(
  object: SchemaObject,
  { context, created }: { readonly context: WritingContext; readonly created: ReadonlySet<string> },
): readonly RepairStatement[] {
  const kind = kindOf(object);
  // On a table that is made here nobody waits.
  const { table } = object as { readonly table?: string };
  const isBusy = table !== undefined && !created.has(`TABLE ${table}`);
  const [first, ...rest] = isBusy && kind.build !== undefined
    ? kind.build(object, context)
    : kind.create(object, context).map(harmless);
  return [
    ...(first === undefined ? [] : [first]),
    ...ownerStatements(object).map(harmless),
    ...rest,
    ...descriptionStatements(object).map(harmless),
  ];
}
