// Pure.
/**
 * Detects system schemas.
 *
 * @module
 */

/** Whether the name is reserved for the server's own schemas. */
export function isSystemSchema(name: string): boolean {
  return /^(pg_.*|information_schema)$/.test(name);
}

/** The hint when unqualified names would be created in a system schema. */
export const CREATE_ELSEWHERE =
  "Write the schema in front of the name (public.x); or put one that is not the server's own first " +
  "in the search_path of the role, the database or the URL";
