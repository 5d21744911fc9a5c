// Pure.
/**
 * A database's schema as a value: plain JSON, complete enough to create the schema again.
 *
 * The format is a promise: fields are only added, and a change that an older reader would misread
 * raises `format`.
 *
 * @module
 */

/** The version of the format that this program writes. */
export const SCHEMA_FORMAT = 1;

/** A database's schema. */
export interface Schema {
  readonly format: typeof SCHEMA_FORMAT;
  /** `server_version_num` of the server that it was read from, such as 180004. */
  readonly server: number;
  /** Ordered by kind, in the order of `KINDS`, then by address in code-unit order. */
  readonly objects: readonly SchemaObject[];
}

/**
 * What every object has, whatever its kind. A field that would say nothing is absent: an owner where
 * the kind has none, a comment that nobody wrote. Names are unquoted; text that stands for an object
 * elsewhere (a type, a table that is referenced) is qualified and quoted where SQL needs it.
 */
export interface SchemaObject extends Described {
  /** In the words of SQL, in lower case: `table`, `materialized view`. */
  readonly kind: string;
  readonly owner?: string;
  /** Extensions that it is dropped with: ALTER … DEPENDS ON EXTENSION. */
  readonly dependsOnExtensions?: readonly string[];
  /**
   * Addresses of objects, and of columns, that it uses: these must exist first, and so must the schema
   * that it is in. As `addressOf` gives
   * them: `TABLE public.orders`, `COLUMN public.orders.id`, `FUNCTION public.total(integer)`.
   */
  readonly requires?: readonly string[];
}

/** What objects and their columns have in common. */
export interface Described {
  readonly name: string;
  readonly comment?: string;
  readonly securityLabels?: readonly SecurityLabel[];
  /** Privileges beyond those that every object of the kind has from the start. */
  readonly granted?: readonly Privileges[];
  /** Privileges that it would have from the start, and has no longer. */
  readonly revoked?: readonly Privileges[];
}

/** Privileges of one role on one object, given by one role. */
export interface Privileges {
  /** A role's name, or `PUBLIC`. */
  readonly role: string;
  /** In alphabetical order: `INSERT`, `SELECT`. */
  readonly privileges: readonly string[];
  readonly grantOption?: true;
  /** Who gave them, where that is not the owner. */
  readonly grantor?: string;
}

/** What SECURITY LABEL has set. */
export interface SecurityLabel {
  readonly provider: string;
  readonly label: string;
}

/** An object that lives in a PostgreSQL schema. */
export interface InSchema {
  readonly schema: string;
  readonly name: string;
}

/** Storage parameters and the options of foreign objects, in the order in which they were set. */
export type Options = Readonly<Record<string, string>>;
