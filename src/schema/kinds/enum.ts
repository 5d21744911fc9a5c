// Pure.
/**
 * Enumerated types.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../kind.ts";
import { initialAcl, isNoMember, privileges } from "../reading.ts";
import type { InSchema, SchemaObject } from "../schema.ts";

export interface Enum extends SchemaObject, InSchema {
  readonly kind: "enum";
  /** In their order. */
  readonly labels: readonly string[];
}

export const enumKind: Kind<Enum> = {
  kind: "enum",
  query: ({ schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.typname, 'owner', pg_get_userbyid(t.typowner),
      'labels', coalesce((SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
        FROM pg_enum AS e WHERE e.enumtypid = t.oid), '[]'),
      ${
      privileges({ acl: "t.typacl", initial: initialAcl("T", "t.typowner"), owner: "t.typowner" })
    }
    )) AS object
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype = 'e' AND t.typnamespace IN ${schemas} AND ${isNoMember("pg_type", "t.oid")}`,
  address: (type) => `TYPE ${quoteQualifiedIfNeeded(type)}`,
  create: (type) => [
    `CREATE TYPE ${quoteQualifiedIfNeeded(type)} AS ENUM (${
      type.labels.map(quoteLiteral).join(", ")
    })`,
  ],
};
