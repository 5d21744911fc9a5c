// Pure.
import { cannotRunInTransaction } from "../../../sql/non_transactional.ts";
import type { Rule } from "../../model/rule.ts";

/** A DO block is a transaction. */
export const concurrentlyInBlock: Rule = {
  code: "concurrently-in-block",
  family: "transactions",
  severity: "error",
  title: "A DO block runs what cannot run in a transaction",
  why:
    "PL/pgSQL code runs in a transaction, and PostgreSQL refuses CREATE INDEX CONCURRENTLY, VACUUM and " +
    "the like there.",
  recipe:
    "-- As a statement of its own, outside of the block:\nCREATE INDEX CONCURRENTLY orders_user_id ON orders (user_id);",
  bad: "DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON orders (user_id); END $$;",
  good: "CREATE INDEX CONCURRENTLY i ON orders (user_id);",
  *statement({ node, within }) {
    const what = within && cannotRunInTransaction(node);
    if (what !== undefined) yield { message: `${what} fails inside a DO block.` };
  },
};
