// Pure.
import { newColumns } from "../../model/alteration.ts";
import type { Rule } from "../../model/rule.ts";

/** money depends on the locale. */
export const moneyType: Rule = {
  code: "money-type",
  family: "design",
  severity: "warning",
  title: "A column of type money",
  why: "Its currency and its decimals depend on the setting lc_monetary of whoever reads it.",
  recipe: "total numeric(12, 2)",
  bad: "CREATE TABLE orders (id bigint PRIMARY KEY, total money);",
  good: "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2));",
  *statement({ node }) {
    for (const { name, type, definition } of newColumns(node)) {
      if (type.name !== "money") continue;
      yield {
        message: `${name} means what its reader's locale says. Use numeric.`,
        location: definition.location,
      };
    }
  },
};
