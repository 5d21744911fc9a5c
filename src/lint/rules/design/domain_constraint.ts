// Pure.
import type { Rule } from "../../model/rule.ts";

/** Constraints of domains are hard to change. */
export const domainConstraint: Rule = {
  code: "domain-constraint",
  family: "design",
  severity: "warning",
  title: "A domain with a constraint",
  why:
    "To add or validate a constraint of a domain, PostgreSQL reads every table that uses it, one after " +
    "another, under locks that stop writers. A CHECK of a column concerns one table.",
  recipe: "email text CHECK (email LIKE '%@%')",
  bad: "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');",
  good: "CREATE TABLE users (id bigint PRIMARY KEY, email text CHECK (email LIKE '%@%'));",
  *statement({ node }) {
    if ("CreateDomainStmt" in node && (node.CreateDomainStmt.constraints ?? []).length > 0) {
      const isOnlyDefault = (node.CreateDomainStmt.constraints ?? []).every((one) =>
        "Constraint" in one && one.Constraint.contype === "CONSTR_DEFAULT"
      );
      if (!isOnlyDefault) {
        yield { message: "Changing this constraint later reads every table that uses the domain." };
      }
    } else if ("AlterDomainStmt" in node && node.AlterDomainStmt.def !== undefined) {
      const { def } = node.AlterDomainStmt;
      if (!("Constraint" in def) || def.Constraint.skip_validation) return;
      yield { message: "Every table that uses the domain is read and locked against writes." };
    }
  },
};
