/**
 * Roles in a shadow: migrations and schemas name them, and a fresh server has none.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/**
 * Makes sure that all roles are there. Embedded PostgreSQL gets those that it lacks; on a server nothing
 * is created, because roles belong to all of its databases.
 *
 * @param names May hold roles that exist.
 * @throws {Failure} `shadow/role-missing`.
 */
export async function ensureRoles(session: Session, names: readonly string[]): Promise<void> {
  const { rows } = await session.query("SELECT rolname FROM pg_catalog.pg_roles");
  const existing = new Set(rows.map((row) => row["rolname"]));
  const missing = [...new Set(names)].filter((name) => !existing.has(name));
  if (missing.length === 0) return;
  if (session.server.embedded) {
    for (const name of missing) await session.query(`CREATE ROLE ${quoteIdentifier(name)}`);
    return;
  }
  throw new Failure(
    "shadow/role-missing",
    `The server of --shadow-url lacks roles that the schema names: ${missing.join(", ")}.`,
    {
      hint: `Create them there: ${
        missing.map((name) => `CREATE ROLE ${quoteIdentifier(name)};`).join(" ")
      } Or leave --shadow-url out.`,
      facts: { roles: missing },
    },
  );
}

/**
 * Lets a role of embedded PostgreSQL do everything, and makes it when it is not there: what migrations
 * create belongs to it then, as it does where they were run.
 *
 * @returns SQL that makes the session act as that role.
 */
export async function actAs(session: Session, role: string): Promise<string> {
  if (session.server.embedded) {
    await ensureRoles(session, [role]);
    await session.query(`ALTER ROLE ${quoteIdentifier(role)} SUPERUSER`);
  } else {
    const { rows } = await session.query(
      `SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(role)}`,
    );
    if (rows.length === 0) await ensureRoles(session, [role]);
  }
  return `SET ROLE ${quoteIdentifier(role)}`;
}

/** undefined_object, duplicate_object. */
const NO_ROLE = { sqlstate: "42704", message: /^role "(.+)" does not exist$/ };
const ROLE_EXISTS = { sqlstate: "42710", message: /^role "(.+)" already exists$/ };

/**
 * Mends what a migration was refused for in embedded PostgreSQL: makes a role that it names, or takes away
 * one that it wants to make itself.
 *
 * @returns Whether there is any sense in trying again.
 */
export async function mendRole(session: Session, error: unknown): Promise<boolean> {
  if (!(error instanceof SqlError) || !session.server.embedded) return false;
  const { sqlstate, message } = error.server;
  const [absent, present] = [NO_ROLE, ROLE_EXISTS].map((refusal) =>
    refusal.sqlstate === sqlstate ? refusal.message.exec(message)?.[1] : undefined
  );
  if (absent !== undefined) await session.query(`CREATE ROLE ${quoteIdentifier(absent)}`);
  else if (present !== undefined) {
    try {
      await session.query(`DROP ROLE ${quoteIdentifier(present)}`);
    } catch (refused) {
      if (!(refused instanceof SqlError)) throw refused;
      return false; // It owns something by now: the migration's own refusal is what matters.
    }
  }
  return absent !== undefined || present !== undefined;
}
