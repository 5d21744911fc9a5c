// Pure.
/**
 * Lists the roles that a schema names. They belong to the server, not to the database, and are not described.
 *
 * @module
 */

import type { Column } from "./model/columns.ts";
import type { Described, Schema, SchemaObject } from "./model/schema.ts";

/** Names in alphabetical order, without PUBLIC: owners, and who has or gave privileges. */
export function rolesOf({ objects }: Schema): readonly string[] {
  const names = new Set(objects.flatMap((object) => [...namedBy(object)]));
  return [...names].filter((name) => name !== "PUBLIC").sort();
}

function* namedBy(object: SchemaObject): Generator<string, void, undefined> {
  const { owner, role, roles, columns } = object as SchemaObject & {
    readonly role?: string;
    readonly roles?: readonly string[];
    readonly columns?: readonly Column[];
  };
  if (owner !== undefined) yield owner;
  // Of default privileges and of policies.
  if (role !== undefined) yield role;
  yield* roles ?? [];
  yield* privileged(object);
  for (const column of columns ?? []) yield* privileged(column);
}

function* privileged(
  { granted = [], revoked = [] }: Described,
): Generator<string, void, undefined> {
  for (const { role, grantor } of [...granted, ...revoked]) {
    yield role;
    if (grantor !== undefined) yield grantor;
  }
}
