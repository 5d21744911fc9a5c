// Pure.
/**
 * What a release relies on, and a newer schema does not offer any more.
 *
 * @module
 */

/** What it is. Only ever added to: programs read it. */
export type IncompatibilityCode =
  /** A relation, function, type or schema is gone, or has another name. */
  | "object-gone"
  /** A column is gone, or has another name. */
  | "column-gone"
  /** A column or the result of a function has another type. */
  | "type-changed"
  /** A write that leaves a column out, or writes NULL or a value of its own, is refused. */
  | "value-required"
  /** A value of an enum is gone. */
  | "label-gone"
  /** A new constraint may refuse what was written before. */
  | "value-restricted"
  /** `ON CONFLICT` finds no unique index for its columns any more. */
  | "conflict-target-gone"
  /** A role lost a privilege. */
  | "privilege-gone"
  /** Row level security may hide rows. */
  | "rows-hidden"
  /** A view took the place of a table. */
  | "view-instead-of-table"
  /** A statement of the release cannot be prepared any more. */
  | "statement-refused";

/** One of them. */
export interface Incompatibility {
  readonly code: IncompatibilityCode;
  /** `breaks`: what uses it fails. `may-break`: it depends on what the release does. */
  readonly severity: "breaks" | "may-break";
  /** As `addressOf` gives it: `TABLE public.orders`; of a statement, its file and line. */
  readonly object: string;
  /** What changed, as a clause: `column total is gone`. */
  readonly what: string;
  /** What a release notices, as a sentence. */
  readonly consequence: string;
}
