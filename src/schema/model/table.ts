// Pure.
/**
 * A table, as a value.
 *
 * @module
 */

import type { Column } from "./columns.ts";
import type { InSchema, Options, SchemaObject } from "./schema.ts";

/** Ordinary, partitioned, a partition, inherited, typed, unlogged or foreign. */
export interface Table extends SchemaObject, InSchema {
  readonly kind: "table" | "foreign table";
  readonly unlogged?: true;
  /** The partition key: `RANGE (created_at)`. */
  readonly partitionBy?: string;
  readonly partitionOf?: {
    /** Qualified. */
    readonly table: string;
    /** `FOR VALUES FROM (1) TO (10)`, `DEFAULT`. */
    readonly bound: string;
    /** DETACH PARTITION CONCURRENTLY was cut off. */
    readonly detaching?: true;
  };
  /** Qualified, in their order. */
  readonly inherits?: readonly string[];
  /** The composite type of a typed table. */
  readonly ofType?: string;
  /** Where it is not `heap`. */
  readonly accessMethod?: string;
  /** Where it is not the database's own. */
  readonly tablespace?: string;
  readonly options?: Options;
  readonly rowSecurity?: true;
  readonly forceRowSecurity?: true;
  /** Where it is not the primary key; an index says so itself. */
  readonly replicaIdentity?: "full" | "nothing";
  readonly foreign?: { readonly server: string; readonly options?: Options };
  /** In their order. */
  readonly columns?: readonly Column[];
}
