/**
 * Rights that the migrating role lacks on its own tables, because an administrator revoked them from
 * their owner, or gave the tables to another role.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { HistoryName } from "./history_name.ts";
import { HISTORY_TABLES } from "./schema.ts";

/** What a run does with every table of the history. */
const RUN_NEEDS = ["SELECT", "INSERT", "UPDATE"] as const;

const TABLES = HISTORY_TABLES.map(quoteLiteral).join(", ");

/** Rows for the rights that the current role lacks: `relation`, `owner`, `needed`. */
function lackingRights(schema: string, needs: readonly string[]): string {
  return `SELECT c.oid AS relation, c.relowner AS owner, needed
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN pg_catalog.unnest(ARRAY[${needs.map(quoteLiteral).join(", ")}]) AS needed
    WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname IN (${TABLES})
      AND NOT pg_catalog.has_table_privilege(c.oid, needed)`;
}

/**
 * A query that fails (22012) if the current role lacks a right that a run needs: found before anything
 * runs, instead of at the COMMIT of the first migration.
 */
export function assertWritable({ schema }: { readonly schema: string }): string {
  return `SELECT 1 / CASE WHEN EXISTS (${
    lackingRights(schema, RUN_NEEDS)
  }) THEN 0 ELSE 1 END AS migrator_tables_are_writable`;
}

/** How the role that owns the history gets its rights back. */
export interface LackingRights {
  /** `INSERT, UPDATE on migrator.migration_logs`, for each table. */
  readonly lacks: readonly string[];
  /**
   * Statements that give them back. Empty where the history belongs to another role: to grant a lesser
   * role the right to write it would have its SQL run with the rights of the owner.
   */
  readonly grants: readonly string[];
}

/** @param touch For reading, SELECT is enough. */
export async function findLackingRights(
  session: Session,
  { name: { schema }, touch }: {
    readonly name: HistoryName;
    readonly touch: "read" | "write";
  },
): Promise<LackingRights> {
  const rows = await catalogRead(
    session,
    `WITH ours AS (
      SELECT n.oid, n.nspname, n.nspowner, me.oid AS me, pg_catalog.quote_ident(me.rolname) AS role
      FROM pg_catalog.pg_namespace AS n, pg_catalog.pg_roles AS me
      WHERE n.nspname = ${quoteLiteral(schema)} AND me.rolname = CURRENT_USER
    ), lacking AS (${lackingRights(schema, touch === "read" ? ["SELECT"] : RUN_NEEDS)})
    SELECT pg_catalog.format('USAGE on schema %I', nspname) AS lacks,
      CASE WHEN nspowner = me
        THEN pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA %I TO %s', nspname, role)
      END AS statement
    FROM ours WHERE NOT pg_catalog.has_schema_privilege(oid, 'USAGE')
    UNION ALL
    SELECT pg_catalog.format('%s on %I.%I', found.rights, nspname, c.relname),
      CASE
        WHEN c.relowner = me THEN
          pg_catalog.format('GRANT %s ON %I.%I TO %s', found.rights, nspname, c.relname, role)
        WHEN nspowner = me THEN
          pg_catalog.format('ALTER TABLE %I.%I OWNER TO %s', nspname, c.relname, role)
      END
    FROM ours
    CROSS JOIN (
      SELECT relation, pg_catalog.string_agg(needed, ', ' ORDER BY needed) AS rights
      FROM lacking GROUP BY relation
    ) AS found
    JOIN pg_catalog.pg_class AS c ON c.oid = found.relation`,
  );
  return {
    lacks: rows.map(({ lacks }) => lacks ?? ""),
    grants: rows.flatMap(({ statement }) => statement ?? []),
  };
}

/** The hint with these statements. None of them loses a row of the history. */
export function giveBackHint({ grants }: LackingRights): string {
  const list = grants.length === 1 ? ` ${grants[0]}` : `\n  ${grants.join(";\n  ")};`;
  return "Somebody revoked them from this role, which owns the history, or gave its tables away. Let " +
    `their owner, or a superuser, run:${list}`;
}
