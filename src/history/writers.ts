/**
 * Checks that no other role may write the stored SQL that migrator would run.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { MigratorTables } from "./trust.ts";

/** Its members may write every table; since PostgreSQL 14. */
const WRITES_ALL = "pg_write_all_data";

/** The tables with the SQL that is run, and with the checksums that it is compared to. */
const VOUCHING = ["migration_definitions", "migration_logs"];

/** Privileges to change or add rows. */
export const WRITES = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"] as const;

/**
 * SQL from a table runs with the privileges of the migrating role. So the definitions, and the history
 * that confirms them, must belong to that role or a superuser, and no other role may write them:
 * otherwise a role with fewer privileges could gain those of the migrating role. A member of the owner
 * role already has its privileges, but is refused too: other members would gain those of the current role.
 *
 * @throws {Failure} `history/untrusted`, with all such roles.
 */
export async function assertNoOtherWriters(
  session: Session,
  { schema, database, tables = VOUCHING }: MigratorTables,
): Promise<void> {
  const rows = await catalogRead(
    session,
    `WITH ours AS (
      SELECT c.oid, c.relacl, c.relowner, pg_catalog.format('%I.%I', n.nspname, c.relname) AS named
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ${quoteLiteral(schema)}
        AND c.relname IN (${tables.map(quoteLiteral).join(", ")})
    ), me AS (
      SELECT oid FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER
    ), granted AS (
      SELECT named, relowner, a.grantee, pg_catalog.bool_or(a.is_grantable) AS grantable
      FROM ours CROSS JOIN LATERAL (
        SELECT (pg_catalog.aclexplode(ours.relacl)).*
        UNION ALL
        SELECT (pg_catalog.aclexplode(attacl)).* FROM pg_catalog.pg_attribute
        WHERE attrelid = ours.oid
      ) AS a
      WHERE a.privilege_type IN (${WRITES.map(quoteLiteral).join(", ")})
      GROUP BY 1, 2, 3
    )
    SELECT named AS object, 'owner' AS kind, pg_catalog.quote_ident(o.rolname) AS who,
      NULL AS removal
    FROM ours JOIN pg_catalog.pg_roles AS o ON o.oid = ours.relowner, me
    WHERE o.oid <> me.oid AND NOT o.rolsuper
    UNION ALL
    SELECT named, 'writer', who.name,
      pg_catalog.format('REVOKE ${WRITES.join(", ")} ON %s FROM %s%s', named, who.name,
        CASE WHEN grantable THEN ' CASCADE' ELSE '' END)
    FROM granted LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = granted.grantee
    CROSS JOIN LATERAL (
      SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.rolname) END
    ) AS who (name), me
    WHERE granted.grantee NOT IN (granted.relowner, me.oid) AND g.rolsuper IS NOT TRUE
    UNION ALL
    SELECT NULL, 'member', pg_catalog.quote_ident(r.rolname),
      pg_catalog.format('REVOKE ${WRITES_ALL} FROM %I', r.rolname)
    FROM pg_catalog.pg_auth_members AS m
    JOIN pg_catalog.pg_roles AS r ON r.oid = m.member, me
    WHERE m.roleid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = '${WRITES_ALL}')
      AND r.oid <> me.oid AND NOT r.rolsuper AND EXISTS (SELECT FROM ours)
    ORDER BY 1 NULLS LAST, 2, 3`,
  );
  if (rows.length === 0) return;
  const found = rows.map(({ object, kind, who }) =>
    kind === "owner"
      ? `${object} belongs to role ${who}`
      : kind === "writer"
      ? `${who} may write ${object}`
      : `${who} may write every table, as a member of ${WRITES_ALL}`
  );
  const removals = rows.flatMap(({ removal }) => removal ?? []);
  const owners = rows.filter(({ kind }) => kind === "owner").map(({ who }) => who);
  throw new Failure(
    "history/untrusted",
    `Refused to run what the database keeps of "${database}", because a role other than ` +
      `${session.server.role} could have written it:\n  ${found.join("\n  ")}`,
    {
      hint: [
        "Use the executable that carries these migrations: it needs nothing of what is kept.",
        ...(owners.length === 0 ? [] : [`Or connect as ${[...new Set(owners)].join(" or ")}.`]),
        ...(removals.length === 0 ? [] : [
          "Or, after looking at what is in these tables and who needs these rights:\n  " +
          `${removals.join(";\n  ")};`,
        ]),
      ].join(" "),
      facts: { database, object: rows[0]?.["object"] ?? null, found, removals },
    },
  );
}
