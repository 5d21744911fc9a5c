// Pure.
/**
 * Detects DO blocks that end transactions.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { scan } from "./scanner.ts";

/**
 * Whether a DO block has a COMMIT or ROLLBACK of its own. PostgreSQL refuses such a block inside a
 * transaction. A COMMIT in a string that the block executes does not count: it is refused anywhere.
 */
export function endsTransactions(node: Node): boolean {
  if (!("DoStmt" in node)) return false;
  return (node.DoStmt.args ?? []).some((argument) => {
    if (!("DefElem" in argument) || argument.DefElem.defname !== "as") return false;
    const { arg } = argument.DefElem;
    return arg !== undefined && "String" in arg && hasTransactionControl(arg.String.sval ?? "");
  });
}

/** Words that may stand before a statement of PL/pgSQL; the empty one is the start of the body. */
const BEFORE: ReadonlySet<string> = new Set(["", ";", "BEGIN", "THEN", "ELSE", "LOOP"]);

/** What follows the word of a statement that ends a transaction: `COMMIT;`, `ROLLBACK AND CHAIN;`. */
const AFTER: ReadonlySet<string> = new Set([";", "WORK", "TRANSACTION", "AND"]);

function hasTransactionControl(body: string): boolean {
  const words = [
    "",
    ...[...scan(body)].map(({ start, end }) => body.slice(start, end).toUpperCase()),
  ];
  return words.some((word, index) =>
    (word === "COMMIT" || word === "ROLLBACK") && BEFORE.has(words[index - 1]!) &&
    AFTER.has(words[index + 1] ?? "")
  );
}
