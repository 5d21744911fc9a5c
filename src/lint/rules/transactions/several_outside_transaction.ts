// Pure.
import { cannotRunInTransaction } from "../../../sql/non_transactional.ts";
import type { Rule } from "../../model/rule.ts";

/** Outside a transaction, what failed half-way stays half-done. */
export const severalOutsideTransaction: Rule = {
  code: "several-outside-transaction",
  family: "transactions",
  severity: "warning",
  title: "Several statements run outside a transaction",
  why:
    "A statement that cannot run in a transaction takes the whole migration out of it. If a later " +
    "statement fails, the earlier ones stay, and the migration is dirty. With one such statement for each " +
    "migration, a failed one can be repeated by itself.",
  recipe: "-- One migration for each CREATE INDEX CONCURRENTLY.",
  bad: `CREATE INDEX CONCURRENTLY a ON orders (user_id);
CREATE INDEX CONCURRENTLY b ON orders (day);`,
  good: "CREATE INDEX CONCURRENTLY a ON orders (user_id);",
  *script({ script, isInTransaction }) {
    if (isInTransaction) return;
    const own = script.statements.filter(({ node, within }) =>
      within === undefined && !("VariableSetStmt" in node)
    );
    const outside = own.find(({ node }) => cannotRunInTransaction(node) !== undefined);
    if (own.length < 2 || outside === undefined) return;
    yield {
      message:
        `${cannotRunInTransaction(outside.node)} takes all ${own.length} statements of this ` +
        "migration out of their transaction. Give it a migration of its own.",
      statement: outside,
    };
  },
};
