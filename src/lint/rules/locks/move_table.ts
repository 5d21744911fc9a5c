// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** SET LOGGED, SET TABLESPACE and SET ACCESS METHOD copy the table. */
export const moveTable: Rule = {
  code: "move-table",
  family: "locks",
  severity: "warning",
  effect: "rewrite",
  title: "SET LOGGED, SET TABLESPACE or SET ACCESS METHOD of a table in use",
  why: "The whole table is copied under an ACCESS EXCLUSIVE lock.",
  recipe:
    "-- Create a new table as it should be, copy the rows with a batched migration, and switch.",
  bad: "ALTER TABLE orders SET UNLOGGED;",
  good: "ALTER TABLE orders SET (fillfactor = 90);",
  *statement({ node }, scope) {
    for (const { table, command: { subtype } } of alterationsOf(node)) {
      const words = MOVES[subtype ?? ""];
      if (words === undefined || !scope.isLive(table)) continue;
      yield {
        message: `${words} copies ${relationLabel(table)}: nobody can read or write it meanwhile.`,
      };
    }
  },
};

const MOVES: Readonly<Record<string, string>> = {
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetAccessMethod: "SET ACCESS METHOD",
};
