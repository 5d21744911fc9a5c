// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Rows become invisible. */
export const enableRowSecurity: Rule = {
  code: "enable-row-security",
  family: "compatibility",
  severity: "warning",
  title: "Row level security is enabled without a policy",
  why:
    "A table with row level security and without a policy shows no rows to anybody but its owner and " +
    "superusers, and takes none.",
  recipe: `CREATE POLICY tenant ON orders USING (tenant_id = current_setting('app.tenant')::bigint);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;`,
  bad: "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
  good: `CREATE POLICY p ON orders USING (true);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;`,
  *statement({ node }, { script }) {
    for (const { table, command: { subtype } } of alterationsOf(node)) {
      if (subtype !== "AT_EnableRowSecurity") continue;
      const hasPolicy = script.statements.some(({ node: other }) =>
        "CreatePolicyStmt" in other && other.CreatePolicyStmt.table?.relname === table.name
      );
      if (!hasPolicy) {
        yield { message: `Nobody but its owner sees rows of ${relationLabel(table)}.` };
      }
    }
  },
};
