/**
 * Names a history: the schema of its tables and the database of the product.
 *
 * @module
 */

/** Which history is meant: the schema that holds it and the database of the product. */
export interface HistoryName {
  /** The PostgreSQL schema of the tables; `migrator` unless configured. */
  readonly schema: string;
  /** The database of the product: `frontend`. */
  readonly database: string;
  /** Roles that are to read it, whatever else they may. */
  readonly readers?: readonly string[];
}
