// Pure.
import type { Rule } from "../../model/rule.ts";

/** It works on empty tables only. */
export const refusedWithRows: Rule = {
  code: "refused-with-rows",
  family: "data",
  severity: "warning",
  title: "A statement that PostgreSQL refuses when there are rows",
  why:
    "In the shadow the statement ran on empty tables, and was refused when they had rows. These were drawn " +
    "at random, as the columns and constraints allow; real rows may be better, or worse.",
  recipe: "-- Mend the rows first, in batches; add constraints NOT VALID.",
  bad: "ALTER TABLE orders ADD CONSTRAINT one UNIQUE (day);",
  good: "ALTER TABLE orders ADD COLUMN note text;",
};
