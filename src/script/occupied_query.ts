// Pure.
/**
 * Whether a database has anything of its own.
 *
 * @module
 */

import { quoteLiteral } from "../sql/identifier.ts";

/**
 * Selects `is_occupied`: there are tables other than those of extensions and of migrator's schema. Send it
 * with PostgreSQL's own search_path.
 */
export function occupiedQuery(schema: string): string {
  return `SELECT count(*) > 0 AS is_occupied
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm')
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND n.nspname <> ${quoteLiteral(schema)}
  AND NOT EXISTS (
    SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )`;
}
