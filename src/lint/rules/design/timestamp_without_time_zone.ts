// Pure.
import { newColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** A time without its zone. */
export const timestampWithoutTimeZone: Rule = {
  code: "timestamp-without-time-zone",
  family: "design",
  severity: "warning",
  title: "A column of type timestamp, or of time with time zone",
  why:
    "timestamp keeps no zone: which moment it means depends on who reads it. timestamptz is a moment, and " +
    "takes the same eight bytes. A time with time zone cannot know summer time.",
  recipe: "created_at timestamptz NOT NULL DEFAULT now()",
  bad: "CREATE TABLE events (id bigint PRIMARY KEY, created_at timestamp);",
  good: "CREATE TABLE events (id bigint PRIMARY KEY, created_at timestamptz);",
  *statement({ node }) {
    for (const { name, type, definition } of newColumns(node)) {
      if (type.name === "timestamp") {
        yield {
          message: `${name} does not say which moment it means. Use timestamptz.`,
          location: definition.location,
        };
      } else if (type.name === "timetz") {
        yield {
          message: `${name} cannot know summer time. Use timestamptz, or time.`,
          location: definition.location,
        };
      }
    }
  },
};
