// Pure.
import type { Rule } from "../../model/rule.ts";

/** Nothing to run. */
export const emptyMigration: Rule = {
  code: "empty-migration",
  family: "migrations",
  severity: "info",
  title: "A migration without a statement",
  why: "Somebody may have forgotten to save it.",
  recipe: "SELECT 1; -- on purpose: why",
  bad: "-- nothing",
  good: "SELECT 1;",
  *script({ script: { statements, metadata } }) {
    const { queues = [], finalizes = [], deletes = [] } = metadata;
    if (statements.length + queues.length + finalizes.length + deletes.length > 0) return;
    yield { message: "It has no statement." };
  },
};
