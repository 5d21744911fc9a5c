// Pure.
import type { Rule } from "../../model/rule.ts";

/** Everybody may. */
export const grantToPublic: Rule = {
  code: "grant-to-public",
  family: "privileges",
  severity: "warning",
  title: "A right is granted to PUBLIC",
  why: "Every role of the server has it, also those that are created later.",
  recipe: "GRANT SELECT ON orders TO app;",
  bad: "GRANT SELECT ON orders TO PUBLIC;",
  good: "GRANT SELECT ON orders TO app;",
  *statement({ node }) {
    if (!("GrantStmt" in node) || !node.GrantStmt.is_grant) return;
    const isPublic = (node.GrantStmt.grantees ?? []).some((one) =>
      "RoleSpec" in one && one.RoleSpec.roletype === "ROLESPEC_PUBLIC"
    );
    if (isPublic) yield { message: "Every role of the server has this right." };
  },
};
