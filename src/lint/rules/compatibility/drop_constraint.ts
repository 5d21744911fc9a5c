// Pure.
import { alterationsOf, newConstraints } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** What a constraint kept out may come in. */
export const dropConstraint: Rule = {
  code: "drop-constraint",
  family: "compatibility",
  severity: "info",
  title: "A constraint is dropped",
  why:
    "What it kept out may be written from here on, and it cannot be added again while such rows are " +
    "there. INSERT ... ON CONFLICT fails without the unique constraint that it names.",
  recipe: "-- Drop it in the release after the one that stops to rely on it.",
  bad: "ALTER TABLE users DROP CONSTRAINT users_email_key;",
  good: `ALTER TABLE users DROP CONSTRAINT users_age_check,
  ADD CONSTRAINT users_age_check CHECK (age >= 0) NOT VALID;`,
  *statement({ node }, { script, schema, isLive }) {
    for (const { table, command: { subtype, name = "" } } of alterationsOf(node)) {
      if (subtype !== "AT_DropConstraint" || !isLive(table)) continue;
      const again = script.statements.some(({ node: other }) =>
        newConstraints(other).some(({ constraint }) => constraint.conname === name)
      );
      const isHelper = schema.table(table)?.constraints.some((one) =>
        one.name === name && JSON.stringify(one.definition.raw_expr ?? {}).includes("IS_NOT_NULL")
      );
      if (again || isHelper) continue;
      yield {
        message: `What ${name} kept out of ${relationLabel(table)} may come in from here on.`,
      };
    }
  },
};
