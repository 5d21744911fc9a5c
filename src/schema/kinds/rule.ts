// Pure.
/**
 * Rewrite rules, but for those that make a view of a relation.
 *
 * @module
 */

import { enabledState, type Firing, firingKind } from "../model/firing.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";

/** Its definition is that of pg_get_ruledef(); a view can have rules too. */
export interface Rule extends Firing {
  readonly kind: "rule";
}

export const ruleKind: Kind<Rule> = {
  kind: "rule",
  query: ({ schemas }) =>
    `SELECT r.tableoid AS class, r.oid, json_strip_nulls(json_build_object(
      'name', r.rulename, 'table', format('%I.%I', n.nspname, c.relname),
      'definition', rtrim(pg_get_ruledef(r.oid), '; '), 'enabled', ${enabledState("r.ev_enabled")}
    )) AS object
    FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN' AND c.relnamespace IN ${schemas}
      AND ${isNoMember("pg_class", "c.oid")}`,
  ...firingKind("RULE"),
};
