// Pure.
import { parseDuration } from "../../../format/duration.ts";
import type { Rule } from "../../model/rule.ts";

/** A migration that waits long for a lock stops everybody behind it. */
export const lockTimeoutDisabled: Rule = {
  code: "lock-timeout-disabled",
  family: "transactions",
  severity: "warning",
  title: "A migration waits long for locks",
  why:
    "While a statement waits for an ACCESS EXCLUSIVE lock, every later query of the table queues behind " +
    "it. migrator sets lock_timeout to 2 s and tries again; a longer one, or none, is an outage as long as " +
    "the longest transaction that uses the table.",
  recipe: "SET LOCAL lock_timeout = '2s';",
  bad: "SET lock_timeout = 0;",
  good: "SET LOCAL lock_timeout = '2s';",
  *statement({ node }) {
    if (!("VariableSetStmt" in node) || node.VariableSetStmt.name !== "lock_timeout") return;
    const { kind, args: [value] = [] } = node.VariableSetStmt;
    if (kind !== "VAR_SET_VALUE" || value === undefined || !("A_Const" in value)) return;
    const { ival, sval } = value.A_Const;
    const limit = sval === undefined ? ival?.ival ?? 0 : millisecondsOf(sval.sval ?? "");
    if (limit === undefined || (limit > 0 && limit <= LONGEST)) return;
    yield { message: "Queries of the table queue up behind a statement that waits this long." };
  },
  *script({ script }) {
    const { lockTimeout } = script.metadata;
    if (lockTimeout === undefined || (lockTimeout > 0 && lockTimeout <= LONGEST)) return;
    yield { message: "The migration's lockTimeout lets queries queue up behind it this long." };
  },
};

/** Milliseconds that a busy application survives. */
const LONGEST = 15_000;

function millisecondsOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : parseDuration(text, {}).milliseconds;
}
