// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** A table without autovacuum decays. */
export const autovacuumOff: Rule = {
  code: "autovacuum-off",
  family: "locks",
  severity: "warning",
  title: "Autovacuum is turned off for a table",
  why:
    "Dead rows are never removed and statistics are never renewed: the table grows and plans get worse, " +
    "until PostgreSQL vacuums it by force to prevent wraparound.",
  recipe: "ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01);",
  bad: "ALTER TABLE orders SET (autovacuum_enabled = false);",
  good: "ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01);",
  *statement({ node }) {
    const options = "CreateStmt" in node
      ? node.CreateStmt.options ?? []
      : alterationsOf(node).flatMap(({ command: { subtype, def } }) =>
        subtype === "AT_SetRelOptions" && def !== undefined && "List" in def
          ? def.List.items ?? []
          : []
      );
    for (const one of options) {
      if (!("DefElem" in one) || one.DefElem.defname !== "autovacuum_enabled") continue;
      const text = JSON.stringify(one.DefElem.arg ?? {});
      if (/"(false|off|no|0)"/i.test(text)) {
        yield { message: "Nobody cleans this table up any more.", location: one.DefElem.location };
      }
    }
  },
};
