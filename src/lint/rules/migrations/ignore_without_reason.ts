// Pure.
import type { Rule } from "../../model/rule.ts";

/** A suppression must say why. */
export const ignoreWithoutReason: Rule = {
  code: "ignore-without-reason",
  family: "migrations",
  severity: "error",
  title: "A lintIgnore without a reason",
  why:
    "Whoever reviews the migration, or meets its consequences, must see why the rule does not matter here.",
  recipe: "-- migrator: lintIgnore: drop-table: unused since 5.0\nDROP TABLE users;",
  bad: "-- migrator: lintIgnore: drop-table\nDROP TABLE users;",
  good: "-- migrator: lintIgnore: drop-table: unused since 5.0\nDROP TABLE users;",
};
