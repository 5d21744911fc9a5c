/**
 * Names a history: the schema of its tables and the database of the product.
 *
 * @module
 */

/** Identifies a history: the schema that holds it and the database of the product. */
export interface HistoryName {
  /** The PostgreSQL schema of the tables; `migrator` unless configured. */
  readonly schema: string;
  /** The database of the product: `frontend`. */
  readonly database: string;
  /** Roles that migrator lets read the history. */
  readonly readers?: readonly string[];
}
