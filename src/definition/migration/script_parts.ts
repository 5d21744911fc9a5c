// Pure.
/**
 * The parts of a script that are committed one after another.
 *
 * @module
 */

import type { FileTransaction, Script } from "./definition.ts";

/** Statements that one transaction holds, or one statement outside of any. */
export interface ScriptPart {
  /** Index of its first statement. */
  readonly first: number;
  /** Index just after its last statement. */
  readonly end: number;
  /** Undefined for a statement that runs outside a transaction block. */
  readonly transaction: FileTransaction | undefined;
}

/** In order; none for a script without statements. */
export function scriptParts(
  { transaction, transactions = [], statements: { length } }: Pick<
    Script,
    "transaction" | "transactions" | "statements"
  >,
): readonly ScriptPart[] {
  if (length === 0) return [];
  if (transaction === "single") {
    return [{ first: 0, end: length, transaction: { first: 0, end: length } }];
  }
  const parts: ScriptPart[] = [];
  for (let first = 0; first < length; first = parts.at(-1)!.end) {
    const own = transactions.find((one) => one.first === first);
    parts.push({ first, end: own?.end ?? first + 1, transaction: own });
  }
  return parts;
}
