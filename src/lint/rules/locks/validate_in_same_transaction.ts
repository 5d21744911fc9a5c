// Pure.
import { alterationsOf, newConstraints } from "../../model/alteration.ts";
import { relationKey, relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** NOT VALID and VALIDATE in one transaction save nothing. */
export const validateInSameTransaction: Rule = {
  code: "validate-in-same-transaction",
  family: "locks",
  severity: "error",
  effect: "scan",
  title: "A constraint is validated in the transaction that adds it",
  why:
    "The lock of ADD CONSTRAINT is held until the transaction ends, so the rows are read under it: that " +
    "is as if NOT VALID were not there.",
  recipe:
    "-- In a migration after the one that adds it:\nALTER TABLE orders VALIDATE CONSTRAINT c;",
  bad: `ALTER TABLE orders ADD CONSTRAINT c CHECK (total >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT c;`,
  good: "ALTER TABLE orders VALIDATE CONSTRAINT c;",
  *script({ script, isInTransaction, isLive }) {
    if (!isInTransaction) return;
    const added = new Set<string>();
    for (const statement of script.statements) {
      for (const { table, constraint } of newConstraints(statement.node)) {
        if (!constraint.skip_validation) continue;
        if (isLive(table)) {
          added.add(relationKey({ schema: relationKey(table), name: constraint.conname ?? "" }));
        }
      }
      for (const { table, command: { subtype, name = "" } } of alterationsOf(statement.node)) {
        if (subtype !== "AT_ValidateConstraint") continue;
        if (!added.has(relationKey({ schema: relationKey(table), name }))) continue;
        yield {
          message: `${name} is added and validated in one transaction: every row of ` +
            `${relationLabel(table)} is read under the lock that ADD CONSTRAINT took.`,
          statement,
        };
      }
    }
  },
};
