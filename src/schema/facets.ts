// Pure.
/**
 * Writes as SQL what objects of every kind can have: owner, comment, labels, privileges.
 *
 * @module
 */

import { quoteLiteral } from "../sql/identifier.ts";
import { quoteIfNeeded } from "../sql/quote_if_needed.ts";
import type { Column } from "./model/columns.ts";
import { addressOf, columnAddress, kindOf } from "./kinds.ts";
import type { Described, InSchema, Privileges, SchemaObject } from "./model/schema.ts";

/** The owner's statement, or none. */
export function ownerStatements(object: SchemaObject): readonly string[] {
  const { owner } = object;
  return owner === undefined ? [] : [`ALTER ${addressOf(object)} OWNER TO ${quoteIfNeeded(owner)}`];
}

/** Comments and labels of an object and its columns, and the extensions that it depends on. */
export function descriptionStatements(object: SchemaObject): readonly string[] {
  const address = addressOf(object);
  return [
    ...commentAndLabels(address, object),
    ...columnsOf(object).flatMap((column) =>
      commentAndLabels(columnAddress(object as SchemaObject & InSchema, column.name), column)
    ),
    ...(object.dependsOnExtensions ?? []).map((extension) =>
      `ALTER ${address} DEPENDS ON EXTENSION ${quoteIfNeeded(extension)}`
    ),
  ];
}

function commentAndLabels(address: string, described: Described): readonly string[] {
  const { comment, securityLabels = [] } = described;
  return [
    ...(comment === undefined ? [] : [`COMMENT ON ${address} IS ${quoteLiteral(comment)}`]),
    ...securityLabels.map(({ provider, label }) =>
      `SECURITY LABEL FOR ${quoteIfNeeded(provider)} ON ${address} IS ${quoteLiteral(label)}`
    ),
  ];
}

/** The object as GRANT names it; undefined where GRANT does not give what it has. */
export function granteeOf(object: SchemaObject): string | undefined {
  const kind = kindOf(object);
  return kind.grantee === undefined ? kind.address(object) : kind.grantee(object);
}

/** The statements that turn the initial privileges of an object into its own. */
export function privilegeStatements(object: SchemaObject): readonly string[] {
  const grantee = granteeOf(object);
  if (grantee === undefined) return [];
  return [
    ...privilegesOf(object, grantee),
    ...columnsOf(object).flatMap((column) => privilegesOf(column, grantee, column.name)),
  ];
}

function privilegesOf(described: Described, grantee: string, column?: string): readonly string[] {
  return [
    // First what was granted by others, on the strength of what is revoked then.
    ...(described.revoked ?? []).toReversed().map((one) =>
      privilegeStatement("REVOKE", one, { grantee, column })
    ),
    ...(described.granted ?? []).map((one) =>
      privilegeStatement("GRANT", one, { grantee, column })
    ),
  ].flat();
}

/** GRANT or REVOKE in the name of who granted it. */
export function privilegeStatement(
  verb: "GRANT" | "REVOKE",
  { role, privileges, grantOption, grantor }: Privileges,
  on: { readonly grantee: string; readonly column?: string | undefined },
): readonly string[] {
  const list = privileges
    .map((name) => on.column === undefined ? name : `${name} (${quoteIfNeeded(on.column)})`)
    .join(", ");
  const statement = `${verb} ${list} ON ${on.grantee} ${verb === "GRANT" ? "TO" : "FROM"} ${
    role === "PUBLIC" ? role : quoteIfNeeded(role)
  }${grantOption && verb === "GRANT" ? " WITH GRANT OPTION" : ""}`;
  return grantor === undefined ? [statement] : [
    `SET ROLE ${quoteIfNeeded(grantor)}`,
    statement,
    "RESET ROLE",
  ];
}

function columnsOf(object: SchemaObject): readonly Column[] {
  return (object as { readonly columns?: readonly Column[] }).columns ?? [];
}
