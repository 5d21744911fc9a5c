// Pure.
/**
 * Triggers, also constraint triggers. Those that enforce a foreign key belong to it.
 *
 * @module
 */

import { enabledState, type Firing, firingKind } from "../model/firing.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";

/** Its definition is that of pg_get_triggerdef(). */
export interface Trigger extends Firing {
  readonly kind: "trigger";
}

export const triggerKind: Kind<Trigger> = {
  kind: "trigger",
  query: ({ schemas }) =>
    `SELECT g.tableoid AS class, g.oid, json_strip_nulls(json_build_object(
      'name', g.tgname, 'table', format('%I.%I', n.nspname, c.relname),
      'definition', pg_get_triggerdef(g.oid), 'enabled', ${enabledState("g.tgenabled")})) AS object
    FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
    -- A partitioned table's trigger gives each partition one of its own.
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND c.relnamespace IN ${schemas}
      AND ${isNoMember("pg_class", "c.oid")} AND ${isNoMember("pg_trigger", "g.oid")}`,
  ...firingKind("TRIGGER"),
};
