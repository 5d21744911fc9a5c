// Pure.
/**
 * Collations.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Collation extends SchemaObject, InSchema {
  readonly kind: "collation";
  readonly provider: "builtin" | "icu" | "libc" | "default";
  /** Of ICU and the built-in provider, and of libc where both of its categories agree. */
  readonly locale?: string;
  /** Of libc, where they differ. */
  readonly collate?: string;
  readonly ctype?: string;
  readonly rules?: string;
  /** False for one that takes different strings as equal. */
  readonly deterministic: boolean;
}

export const collationKind: Kind<Collation> = {
  kind: "collation",
  query: ({ version, schemas }) => {
    const locale = version >= 170000
      ? "c.colllocale"
      : version >= 150000
      ? "c.colliculocale"
      : "NULL";
    return `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', c.collname, 'owner', pg_get_userbyid(c.collowner),
      'provider', CASE c.collprovider WHEN 'b' THEN 'builtin' WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc'
        ELSE 'default' END,
      'locale', coalesce(${locale}, CASE WHEN c.collcollate = c.collctype THEN c.collcollate END),
      'collate', CASE WHEN c.collcollate <> c.collctype THEN c.collcollate END,
      'ctype', CASE WHEN c.collcollate <> c.collctype THEN c.collctype END,
      'rules', ${version >= 160000 ? "c.collicurules" : "NULL"},
      'deterministic', c.collisdeterministic)) AS object
    FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.collnamespace IN ${schemas} AND ${isNoMember("pg_collation", "c.oid")}`;
  },
  address: (collation) => `COLLATION ${quoteQualifiedIfNeeded(collation)}`,
  create: (collation) => {
    const settings = Object.entries({
      provider: collation.provider,
      locale: collation.locale,
      lc_collate: collation.collate,
      lc_ctype: collation.ctype,
      rules: collation.rules,
    }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name} = ${name === "provider" ? value : quoteLiteral(value)}`]
    );
    if (!collation.deterministic) settings.push("deterministic = false");
    return [`CREATE COLLATION ${quoteQualifiedIfNeeded(collation)} (${settings.join(", ")})`];
  },
};
