// Pure.
import type { Rule } from "../../model/rule.ts";

/** Changes of rows that the text does not show. */
export const measuredChange: Rule = {
  code: "measured-change",
  family: "data",
  severity: "warning",
  title: "Many rows of a table were seen to be changed",
  why:
    "In the shadow the statement changed at least half of the rows that its tables had, although its text " +
    "does not show it. On a large table that takes long, and is one transaction.",
  recipe: "-- A batched migration: background/NAME.yaml.",
  bad: "DO $$ DECLARE s text := 'UPDATE orders SET total = 0'; BEGIN EXECUTE s; END $$;",
  good: "UPDATE orders SET total = 0 WHERE id = 1;",
};
