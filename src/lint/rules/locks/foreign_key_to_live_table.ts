// Pure.
import { newConstraints } from "../../model/alteration.ts";
import { relationKey, relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A new table's foreign key locks the table that it references. */
export const foreignKeyToLiveTable: Rule = {
  code: "foreign-key-to-live-table",
  family: "locks",
  severity: "info",
  title: "A new table references a table in use",
  why:
    "The foreign key takes a SHARE ROW EXCLUSIVE lock of the referenced table, which writers wait for " +
    "until the migration ends. Nothing is read, so it is short unless the migration goes on to long work.",
  recipe: "-- Keep the migration short: no backfill and no index build in the same transaction.",
  bad: "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));",
  good: "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint);",
  *statement({ node }, scope) {
    const seen = new Set<string>();
    for (const { with: with_, constraint: { contype, pktable } } of newConstraints(node)) {
      if (with_ !== "create" || contype !== "CONSTR_FOREIGN" || pktable === undefined) continue;
      const table = relationName(pktable);
      if (!scope.isLive(table) || seen.has(relationKey(table))) continue;
      seen.add(relationKey(table));
      yield {
        message: `Writes to ${relationLabel(table)} wait until this migration ends.`,
        location: pktable.location,
      };
    }
  },
};
