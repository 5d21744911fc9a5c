// Pure.
import type { Rule } from "../../model/rule.ts";

/** A suppression that silences nothing. */
export const unusedIgnore: Rule = {
  code: "unused-ignore",
  family: "migrations",
  severity: "warning",
  title: "A lintIgnore that silences nothing",
  why:
    "Its reason does not hold any more, or its code is misspelt: the next person to change the migration " +
    "is misled.",
  recipe: "-- Remove the comment.",
  bad:
    "-- migrator: lintIgnore: drop-table: unused since 5.0\nCREATE TABLE users (id bigint PRIMARY KEY);",
  good: "-- migrator: lintIgnore: drop-table: unused since 5.0\nDROP TABLE users;",
};
