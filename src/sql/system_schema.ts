// Pure.
/**
 * Schemas that the server keeps for itself.
 *
 * @module
 */

/** Whether no role is ever to create anything in it. */
export function isSystemSchema(name: string): boolean {
  return /^(pg_.*|information_schema)$/.test(name);
}

/** What helps where names without a schema lead to one of those. */
export const CREATE_ELSEWHERE =
  "Write the schema in front of the name (public.x); or put one that is not the server's own first " +
  "in the search_path of the role, the database or the URL";
