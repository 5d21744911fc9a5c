// Pure.
import type { Rule } from "../../model/rule.ts";

/** Two branches that nothing joins. */
export const multipleHeads: Rule = {
  code: "multiple-heads",
  family: "migrations",
  severity: "info",
  title: "More than one migration has no child",
  why:
    "The next migration must name all of them as its parents, and two branches may have changed the same " +
    "table without knowing of each other.",
  recipe: "# metadata.yaml of the next migration\nparents: [1650000100, 1650000200]",
  bad: "SELECT 1; -- and another migration with the same parent",
  good: "SELECT 1; -- and another migration whose parent this one is",
};
