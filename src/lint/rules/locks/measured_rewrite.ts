// Pure.
import type { Rule } from "../../model/rule.ts";

/** A rewrite that the text does not show. */
export const measuredRewrite: Rule = {
  code: "measured-rewrite",
  family: "locks",
  severity: "error",
  title: "A table was seen to be rewritten",
  why:
    "In the shadow the statement wrote the table anew, although its text does not show it: a function, a " +
    "DO block, a trigger or an extension does it. Nobody can read or write the table meanwhile.",
  recipe:
    "-- A new column, a batched migration that fills it, and a switch: see column-type-change.",
  bad:
    "DO $$ DECLARE s text := 'ALTER TABLE orders ALTER total TYPE bigint'; BEGIN EXECUTE s; END $$;",
  good: "ALTER TABLE orders ADD COLUMN total_new bigint;",
};
