// Pure.
import type { LintedStatement } from "../../model/linted_script.ts";
import type { Rule } from "../../model/rule.ts";

/** BEGIN and COMMIT that do not belong together. */
export const unbalancedTransaction: Rule = {
  code: "unbalanced-transaction",
  family: "transactions",
  severity: "warning",
  title: "BEGIN without COMMIT, or BEGIN twice",
  why:
    "migrator runs the script in a transaction of its own and leaves such statements out. psql, and other " +
    "tools, roll back what no COMMIT ends, without an error; and a second BEGIN begins nothing, so that the " +
    "first COMMIT ends it all.",
  recipe: "-- Leave BEGIN and COMMIT out: each migration has a transaction of its own.",
  bad: "BEGIN;\nALTER TABLE orders ADD COLUMN note text;",
  good: "BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;",
  *script({ script }) {
    let open: LintedStatement | undefined;
    for (const statement of script.control) {
      if (!("TransactionStmt" in statement.node)) continue;
      const { kind } = statement.node.TransactionStmt;
      if (kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START") {
        if (open !== undefined) {
          yield { message: "A transaction is open already: this begins none.", statement };
        }
        open = statement;
      } else if (kind === "TRANS_STMT_COMMIT" || kind === "TRANS_STMT_ROLLBACK") open = undefined;
    }
    if (open !== undefined) yield { message: "No COMMIT ends this transaction.", statement: open };
  },
};
