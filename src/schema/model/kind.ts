// Pure.
/**
 * What the room knows of a kind of object: how it is read, named, created and dropped. Everything
 * else, from the order of statements to the comparison, is the same for all kinds.
 *
 * @module
 */

import type { ReadingContext } from "./reading.ts";
import type { RepairStatement } from "./repair_statement.ts";
import type { SchemaObject } from "./schema.ts";

/** One kind of object. */
export interface Kind<T extends SchemaObject = SchemaObject> {
  /** `SchemaObject.kind`. */
  readonly kind: T["kind"];
  /**
   * A query against pg_catalog with one row for each object: `class`, `oid`, and `object`, which is JSON
   * without `kind` and without what the core adds (comment, labels, requires). Columns in `object` have
   * `number`, their attnum, which the core takes out again.
   */
  query(context: ReadingContext): string;
  /**
   * Fields whose text the server prints from what it has parsed: the core gives them the form that they
   * have after a reload.
   */
  readonly printed?: readonly string[];
  /**
   * The object as COMMENT ON names it: `TABLE public.orders`. It identifies the object in the whole
   * schema, whatever server it was read from.
   */
  address(object: T): string;
  /** The object as GRANT names it; left out, as `address` does. Undefined: GRANT does not. */
  grantee?(object: T): string | undefined;
  /** Statements without a semicolon, to be run in this order after all that the object requires. */
  create(object: T, context: WritingContext): readonly string[];
  /**
   * A statement that makes an empty object of that name, for others to refer to until `create` gives
   * it its content: breaks a circle. Left out, the kind cannot.
   */
  shell?(object: T): string;
  /** Statements without a semicolon; left out, `DROP` with its address. */
  drop?(object: T): readonly string[];
  /** The same as `create` where others are at work: without locks that they would wait for. */
  build?(object: T, context: WritingContext): readonly RepairStatement[];
  /** The same as `drop` where others are at work, and with what is lost. */
  remove?(object: T): readonly RepairStatement[];
  /**
   * Makes an object what it should be, but for owner, comment, labels and privileges, which the core
   * does. Undefined, or left out: it must be dropped and created.
   */
  alter?(actual: T, expected: T, context: WritingContext): Alteration | undefined;
}

/** Statements, or why there are none and a person must decide. */
export type Alteration = readonly RepairStatement[] | { readonly byHand: string };

/** What the writing of an object may look at. */
export interface WritingContext {
  /** The object with that address, if it is in the schema. */
  find(address: string): SchemaObject | undefined;
  /** What belongs to a relation; its name is qualified. */
  partsOf(table: string): readonly SchemaObject[];
  /** Whether a shell of it was made before. */
  readonly hasShell: boolean;
}

/** A query's row. */
export interface ReadRow {
  readonly class: string;
  readonly oid: string;
  readonly object: string;
}
