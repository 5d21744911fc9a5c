// Pure.
import { usesNewEnumValue } from "../../../sql/new_enum_value.ts";
import type { Rule } from "../../model/rule.ts";

/** An enum value cannot be used in the transaction that adds it. */
export const enumValueUsedEarly: Rule = {
  code: "enum-value-used-early",
  family: "transactions",
  severity: "error",
  title: "An enum value is used in the transaction that adds it",
  why:
    "PostgreSQL refuses a new enum value (55P04) until the transaction that added it has committed.",
  recipe: `ALTER TYPE status ADD VALUE 'archived';
-- In the next migration:
UPDATE orders SET status = 'archived' WHERE id = 1;`,
  bad: `BEGIN;
ALTER TYPE status ADD VALUE 'archived';
UPDATE orders SET status = 'archived' WHERE id = 1;
COMMIT;`,
  good: "ALTER TYPE status ADD VALUE 'archived';",
  *script({ script, isInTransaction }) {
    const own = script.statements.filter(({ within }) => within === undefined);
    if (!isInTransaction || !usesNewEnumValue(own, script.text)) return;
    const statement = own.find(({ node }) => "AlterEnumStmt" in node);
    yield {
      message:
        "The value is refused until this transaction has committed: use it in the next migration.",
      ...(statement ? { statement } : {}),
    };
  },
};
