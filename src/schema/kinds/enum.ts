// Pure.
/**
 * Enumerated types.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, privileges } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

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
  alter: (actual, expected) => {
    const kept = expected.labels.filter((label) => actual.labels.includes(label));
    if (
      kept.length < actual.labels.length || kept.some((label, at) => label !== actual.labels[at])
    ) {
      return {
        byHand:
          "PostgreSQL can neither take a value out of an enum nor move it: make a new type, and " +
          "change the columns to it.",
      };
    }
    return expected.labels.flatMap((label, at) =>
      actual.labels.includes(label) ? [] : [harmless(
        `ALTER TYPE ${quoteQualifiedIfNeeded(expected)} ADD VALUE ${quoteLiteral(label)}` +
          placeOf(expected.labels, at),
      )]
    );
  },
};

/** Values are added from the first to the last: the one before is there already. */
function placeOf(labels: readonly string[], at: number): string {
  if (at > 0) return ` AFTER ${quoteLiteral(labels[at - 1]!)}`;
  return labels[1] === undefined ? "" : ` BEFORE ${quoteLiteral(labels[1])}`;
}
