// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Readers meet a NULL that they did not have to expect. */
export const dropNotNull: Rule = {
  code: "drop-not-null",
  family: "compatibility",
  severity: "info",
  title: "NOT NULL is dropped",
  why:
    "A release that reads the column may not expect NULL: it fails when the first one is written.",
  recipe: "-- Let every reader accept NULL a release before the first writer writes one.",
  bad: "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
  good: "ALTER TABLE users ADD COLUMN phone text;",
  *statement({ node }, scope) {
    for (const { table, command: { subtype, name } } of alterationsOf(node)) {
      if (subtype !== "AT_DropNotNull" || !scope.isLive(table)) continue;
      yield {
        message: `Readers of ${relationLabel(table)}.${name} must expect NULL from here on.`,
      };
    }
  },
};
