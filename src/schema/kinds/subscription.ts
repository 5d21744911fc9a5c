// Pure.
/**
 * Subscriptions of logical replication, without the connection string: it may hold a password, and only
 * a superuser may read it.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import type { SchemaObject } from "../model/schema.ts";

export interface Subscription extends SchemaObject {
  readonly kind: "subscription";
  readonly publications: readonly string[];
  /** CREATE SUBSCRIPTION's settings as SQL. */
  readonly settings: Readonly<Record<string, string>>;
}

export const subscriptionKind: Kind<Subscription> = {
  kind: "subscription",
  query: ({ version }) => {
    const setting = (name: string, since: number, value: string) =>
      version >= since ? [`'${name}', ${value}`] : [];
    const flag = (column: string) => `CASE WHEN s.${column} THEN 'true' END`;
    const pairs = [
      ...setting("slot_name", 0, "coalesce(quote_literal(s.subslotname), 'NONE')"),
      ...setting(
        "synchronous_commit",
        140000,
        "CASE WHEN s.subsynccommit <> 'off' THEN quote_literal(s.subsynccommit) END",
      ),
      ...setting("binary", 140000, flag("subbinary")),
      ...setting(
        "streaming",
        140000,
        version >= 160000
          ? "CASE s.substream WHEN 't' THEN 'true' WHEN 'p' THEN 'parallel' ELSE 'off' END"
          : flag("substream"),
      ),
      ...setting("two_phase", 150000, "CASE WHEN s.subtwophasestate <> 'd' THEN 'true' END"),
      ...setting("disable_on_error", 150000, flag("subdisableonerr")),
      ...setting(
        "password_required",
        160000,
        "CASE WHEN NOT s.subpasswordrequired THEN 'false' END",
      ),
      ...setting("run_as_owner", 160000, flag("subrunasowner")),
      ...setting(
        "origin",
        160000,
        "CASE WHEN s.suborigin <> 'any' THEN quote_literal(s.suborigin) END",
      ),
      ...setting("failover", 170000, flag("subfailover")),
    ];
    // Not everybody may read the columns of the system, and before release 14 not even the oid: there it
    // is looked up for the comment, because other databases may have subscriptions of that name.
    const oid = version >= 140000 ? "s.oid" : `(SELECT min(r.subid) FROM pg_stat_subscription AS r
        JOIN pg_description AS d ON d.classoid = 'pg_subscription'::regclass AND d.objoid = r.subid
      WHERE r.subname = s.subname)`;
    return `SELECT 'pg_subscription'::regclass::oid AS class, ${oid} AS oid, json_strip_nulls(json_build_object(
      'name', s.subname, 'owner', pg_get_userbyid(s.subowner),
      'publications', s.subpublications,
      'settings', json_build_object(${pairs.join(",\n        ")}))) AS object
    FROM pg_subscription AS s
    WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  },
  address: ({ name }) => `SUBSCRIPTION ${quoteIfNeeded(name)}`,
  /** Without a connection string it can only be written disabled; who runs it sets both. */
  create: ({ name, publications, settings }) => [
    `CREATE SUBSCRIPTION ${quoteIfNeeded(name)} CONNECTION ''\n  PUBLICATION ${
      publications.map(quoteIfNeeded).join(", ")
    }\n  WITH (connect = false${
      Object.entries(settings).map(([setting, value]) => `, ${setting} = ${value}`).join("")
    })`,
  ],
};
