/**
 * A schema that was read elsewhere, created in a shadow.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session/session.ts";
import { rolesOf } from "../schema/roles_of.ts";
import type { Schema } from "../schema/model/schema.ts";
import { writeSchema, WRITTEN_SETTINGS } from "../schema/write_schema.ts";
import { shadowFailure } from "./shadow_failure.ts";
import { ensureRoles } from "./shadow_roles.ts";

/**
 * Creates it in an empty database. Described again there, its expressions are in the words of the
 * shadow's release, and can be compared with others that are.
 *
 * @param names What the schema and the shadow are called.
 * @throws {Failure} `shadow/*`.
 */
export async function createSchema(
  session: Session,
  schema: Schema,
  names: { readonly schema: string; readonly shadow: string },
): Promise<void> {
  await ensureRoles(session, rolesOf(schema));
  await session.query("BEGIN");
  for (const statement of [...WRITTEN_SETTINGS, ...writeSchema(schema)]) {
    try {
      await session.query(statement);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw shadowFailure(error.server, {
        what: `create ${names.schema}`,
        statement,
        shadow: names.shadow,
      });
    }
  }
  await session.query("COMMIT");
  await session.query("DISCARD ALL");
}
