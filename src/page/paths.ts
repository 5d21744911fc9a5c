// Pure.
/**
 * The addresses of pages.
 *
 * @module
 */

/** The page of a batched migration. */
export function batchedPath(database: string, id: string): string {
  return `/databases/${encodeURIComponent(database)}/batched/${encodeURIComponent(id)}`;
}

/** The `id` attribute of a database's panel. */
export function databaseAnchor(database: string): string {
  return `db-${encodeURIComponent(database)}`;
}
