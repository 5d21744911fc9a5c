// Pure.
import type { Rule } from "../../model/rule.ts";

/** A lock that the text does not show. */
export const measuredLock: Rule = {
  code: "measured-lock",
  family: "locks",
  severity: "warning",
  title: "A table was seen to be locked against everybody",
  why:
    "In the shadow the statement took an ACCESS EXCLUSIVE lock that its text does not show. It lasts until " +
    "the migration ends.",
  recipe: "-- Write the statement that takes the lock as it is, in a migration that is short.",
  bad: "SELECT add_audit_columns();",
  good: "ALTER TABLE orders ADD COLUMN audited_at timestamptz;",
};
