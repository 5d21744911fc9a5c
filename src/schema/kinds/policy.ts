// Pure.
/**
 * Policies of row-level security.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, whenTrue } from "../model/reading.ts";
import { harmless } from "../model/repair_statement.ts";
import type { SchemaObject } from "../model/schema.ts";

export interface Policy extends SchemaObject {
  readonly kind: "policy";
  /** Qualified. */
  readonly table: string;
  /** Absent: permissive. */
  readonly restrictive?: true;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  /** In alphabetical order; absent: PUBLIC. */
  readonly roles?: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
}

export const policyKind: Kind<Policy> = {
  kind: "policy",
  query: ({ schemas }) =>
    `SELECT p.tableoid AS class, p.oid, json_strip_nulls(json_build_object(
      'name', p.polname, 'table', format('%I.%I', n.nspname, c.relname),
      'restrictive', ${whenTrue("NOT p.polpermissive")},
      'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete' ELSE 'all' END,
      'roles', CASE WHEN p.polroles <> '{0}' THEN (SELECT json_agg(pg_get_userbyid(role)
        ORDER BY pg_get_userbyid(role)) FROM unnest(p.polroles) AS role) END,
      'using', pg_get_expr(p.polqual, p.polrelid),
      'withCheck', pg_get_expr(p.polwithcheck, p.polrelid))) AS object
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relnamespace IN ${schemas} AND ${isNoMember("pg_class", "c.oid")}`,
  printed: ["using", "withCheck"],
  address: ({ name, table }) => `POLICY ${quoteIfNeeded(name)} ON ${table}`,
  alter: (actual, expected) =>
    actual.command === expected.command && actual.restrictive === expected.restrictive &&
      // ALTER POLICY cannot take a condition away.
      (actual.using === undefined) === (expected.using === undefined) &&
      (actual.withCheck === undefined) === (expected.withCheck === undefined)
      ? [harmless(
        `ALTER POLICY ${quoteIfNeeded(expected.name)} ON ${expected.table} TO ${
          (expected.roles ?? []).map(quoteIfNeeded).join(", ") || "PUBLIC"
        }${conditions(expected)}`,
      )]
      : undefined,
  create: (policy) => [
    `CREATE POLICY ${quoteIfNeeded(policy.name)} ON ${policy.table}` +
    (policy.restrictive ? " AS RESTRICTIVE" : "") +
    (policy.command === "all" ? "" : ` FOR ${policy.command.toUpperCase()}`) +
    (policy.roles === undefined ? "" : ` TO ${policy.roles.map(quoteIfNeeded).join(", ")}`) +
    conditions(policy),
  ],
};

function conditions({ using, withCheck }: Policy): string {
  return (using === undefined ? "" : ` USING (${using})`) +
    (withCheck === undefined ? "" : ` WITH CHECK (${withCheck})`);
}
