// Pure.
import type { Rule } from "../../model/rule.ts";

/** One column, two values. */
export const duplicateAssignment: Rule = {
  code: "duplicate-assignment",
  family: "data",
  severity: "error",
  title: "A column is assigned twice",
  why: "PostgreSQL refuses an UPDATE or INSERT that names a column twice (42601, 42701).",
  recipe: "UPDATE users SET name = 'a' WHERE id = 1;",
  bad: "UPDATE users SET name = 'a', name = 'b' WHERE id = 1;",
  good: "UPDATE users SET name = 'a', locale = 'b' WHERE id = 1;",
  *statement({ node }) {
    const targets = "UpdateStmt" in node
      ? node.UpdateStmt.targetList ?? []
      : "InsertStmt" in node
      ? node.InsertStmt.cols ?? []
      : [];
    const seen = new Set<string>();
    for (const one of targets) {
      if (!("ResTarget" in one) || one.ResTarget.indirection !== undefined) continue;
      const { name = "", location } = one.ResTarget;
      if (seen.has(name)) yield { message: `${name} is assigned twice.`, location };
      seen.add(name);
    }
  },
};
