// Pure.
import type { Rule } from "../../model/rule.ts";

/** A scan that the text does not show. */
export const measuredScan: Rule = {
  code: "measured-scan",
  family: "locks",
  severity: "warning",
  title: "A table was seen to be read as a whole while it is locked",
  why:
    "In the shadow the statement read every row of the table under a lock that writers wait for, although " +
    "its text does not show it. The more rows there are, the longer they wait.",
  recipe: "-- Add constraints NOT VALID, and validate them in the next migration.",
  bad:
    "DO $$ DECLARE s text := 'ALTER TABLE orders ADD CHECK (total >= 0)'; BEGIN EXECUTE s; END $$;",
  good: "ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0) NOT VALID;",
};
