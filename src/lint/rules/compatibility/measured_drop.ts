// Pure.
import type { Rule } from "../../model/rule.ts";

/** A drop that the text does not show. */
export const measuredDrop: Rule = {
  code: "measured-drop",
  family: "compatibility",
  severity: "error",
  title: "A table was seen to be dropped",
  why: "In the shadow the statement dropped a table, although its text does not show it.",
  recipe: "DROP TABLE audit_old; -- where everybody sees it",
  bad: "DO $$ DECLARE s text := 'DROP TABLE orders'; BEGIN EXECUTE s; END $$;",
  good: "SELECT 1;",
};
