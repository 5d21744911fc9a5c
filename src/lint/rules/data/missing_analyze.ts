// Pure.
import { relationsIn } from "../../../sql/syntax_tree.ts";
import type { Rule } from "../../model/rule.ts";

/** The planner knows nothing of new rows. */
export const missingAnalyze: Rule = {
  code: "missing-analyze",
  family: "data",
  severity: "off",
  title: "Many rows are written, and no ANALYZE follows",
  why:
    "Until autovacuum comes, plans rest on the statistics of before. An index on an expression has none.",
  recipe: "ANALYZE users;",
  bad: "INSERT INTO users_new SELECT * FROM users;",
  good: "INSERT INTO users_new SELECT * FROM users;\nANALYZE users_new;",
  *script({ script }) {
    const isAnalyzed = script.statements.some(({ node }) => "VacuumStmt" in node);
    const copy = script.statements.find(({ node }) =>
      "InsertStmt" in node && relationsIn(node.InsertStmt.selectStmt).length > 0
    );
    if (!isAnalyzed && copy !== undefined) {
      yield {
        message: "Plans rest on old statistics until the table is analyzed.",
        statement: copy,
      };
    }
  },
};
