// Pure.
import type { Rule } from "../../model/rule.ts";

/** An index build that the text does not show. */
export const measuredIndexBuild: Rule = {
  code: "measured-index-build",
  family: "locks",
  severity: "error",
  title: "An index was seen to be built while the table is locked",
  why:
    "In the shadow the statement built an index of a table that may be in use, although its text does not " +
    "show it. Writers wait until it is done.",
  recipe: "CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);",
  bad: "DO $$ DECLARE s text := 'CREATE INDEX ON orders (user_id)'; BEGIN EXECUTE s; END $$;",
  good: "CREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);",
};
