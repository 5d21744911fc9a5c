/**
 * A schema with something of every kind that users can create, and of everything that is easily lost.
 *
 * @module
 */

import { RELATIONS } from "./torture_relations.ts";
import { ROUTINES } from "./torture_routines.ts";

/** Roles live in the cluster: they are made once, and stay. */
export const ROLES = ["torture_owner", "torture Reader", "torture_grantor"];

/** The statements for a server, to be run in an empty database by a superuser. */
export function tortureSql(
  { major, embedded }: { readonly major: number; readonly embedded: boolean },
): string {
  return [
    ...ROLES.map(createRole),
    ...[...ROUTINES, ...RELATIONS]
      .filter(({ since = 0, until = 99 }) => since <= major && major <= until)
      .filter((part) => !embedded || part.embedded !== false)
      .map(({ sql }) => sql),
  ].join("\n");
}

function createRole(name: string): string {
  return `DO $$ BEGIN CREATE ROLE "${name}"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;`;
}
