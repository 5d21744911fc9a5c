// Pure.
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** The running release needs the right. */
export const revokeRight: Rule = {
  code: "revoke-right",
  family: "compatibility",
  severity: "warning",
  title: "A right is revoked",
  why: "The running release may need it until it is gone.",
  recipe: "-- Revoke it in the release after the one that stops to need it.",
  bad: "REVOKE INSERT ON orders FROM app;",
  good: "GRANT SELECT ON orders TO app;",
  *statement({ node }, { isLive }) {
    if (!("GrantStmt" in node) || node.GrantStmt.is_grant) return;
    const { grantees = [], objects = [], targtype } = node.GrantStmt;
    if (targtype === "ACL_TARGET_DEFAULTS") return;
    const isPublic = grantees.every((one) =>
      "RoleSpec" in one && one.RoleSpec.roletype === "ROLESPEC_PUBLIC"
    );
    const tables = objects.flatMap((one) => "RangeVar" in one ? [relationName(one.RangeVar)] : []);
    if (isPublic || (tables.length > 0 && !tables.some(isLive))) return;
    yield { message: "A release that still needs the right fails from here on." };
  },
};
