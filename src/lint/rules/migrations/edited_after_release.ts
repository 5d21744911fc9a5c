// Pure.
import type { Rule } from "../../model/rule.ts";

/** What was released is what ran. */
export const editedAfterRelease: Rule = {
  code: "edited-after-release",
  family: "migrations",
  severity: "error",
  title: "A migration that was there already has been changed",
  why:
    "Databases that have applied it keep what it was: they never see the change, and their checksum does not " +
    "match any more. Comments and white space may change.",
  recipe: "-- Leave the file as it was, and write a new migration.",
  bad: "SELECT 2; -- it was SELECT 1 at the revision of --since",
  good: "SELECT 1; -- as it was at the revision of --since",
};
