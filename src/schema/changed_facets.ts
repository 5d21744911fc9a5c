// Pure.
/**
 * Writes the statements that change the owner, comments and privileges of an object.
 *
 * @module
 */

import type { Column } from "./model/columns.ts";
import { descriptionStatements, ownerStatements, privilegeStatements } from "./facets.ts";
import { addressOf, columnAddress } from "./kinds.ts";
import { harmless, type RepairStatement } from "./model/repair_statement.ts";
import { sameValue } from "./model/same_value.ts";
import type { Described, InSchema, Privileges, SchemaObject } from "./model/schema.ts";

export function changedOwner(
  actual: SchemaObject,
  expected: SchemaObject,
): readonly RepairStatement[] {
  return actual.owner === expected.owner ? [] : ownerStatements(expected).map(harmless);
}

/** Comments and labels; removed ones are set to NULL. */
export function changedDescriptions(
  actual: SchemaObject,
  expected: SchemaObject,
): readonly RepairStatement[] {
  const gone = [
    ...(isGone(actual, expected) ? [addressOf(expected)] : []),
    ...columnsOf(expected).flatMap((column) => {
      const old = columnsOf(actual).find(({ name }) => name === column.name);
      return old !== undefined && isGone(old, column)
        ? [columnAddress(expected as SchemaObject & InSchema, column.name)]
        : [];
    }),
  ];
  const before = new Set(descriptionStatements(actual));
  return [
    ...gone.map((address) => `COMMENT ON ${address} IS NULL`),
    ...descriptionStatements(expected).filter((statement) => !before.has(statement)),
  ].map(harmless);
}

function isGone(actual: Described, expected: Described): boolean {
  return actual.comment !== undefined && expected.comment === undefined;
}

/** Revokes what differs from the initial privileges, then grants the expected ones. */
export function changedPrivileges(
  actual: SchemaObject,
  expected: SchemaObject,
): readonly RepairStatement[] {
  const before = privilegeStatements(actual);
  const after = privilegeStatements(expected);
  if (sameValue(before, after)) return [];
  return [...privilegeStatements(undone(actual, expected)), ...after].map(harmless);
}

/** The object with grants and revocations exchanged. */
function undone(object: SchemaObject, expected: SchemaObject): SchemaObject {
  const names = columnsOf(expected).map(({ name }) => name);
  const swap = <T extends Described>({ granted, revoked, ...rest }: T) => ({
    ...rest,
    ...(granted === undefined ? {} : { revoked: granted.map(plain) }),
    ...(revoked === undefined ? {} : { granted: revoked }),
  });
  return {
    ...swap(object),
    columns: columnsOf(object).filter(({ name }) => names.includes(name)).map(swap),
  } as SchemaObject;
}

/** REVOKE without its grant option takes both. */
function plain({ grantOption: _, ...privileges }: Privileges): Privileges {
  return privileges;
}

function columnsOf(object: SchemaObject): readonly Column[] {
  return (object as { readonly columns?: readonly Column[] }).columns ?? [];
}
