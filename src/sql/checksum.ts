// Pure.
/**
 * The checksum of a script over its tokens.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { SqlStatement } from "./script_statements.ts";

/**
 * SHA-256, hex, over the tokens of these statements. Comments, white space between tokens, empty
 * statements and the last semicolon do not count; the case of words and the inside of literals and of
 * function bodies do, except that CRLF there is LF.
 */
export function tokenChecksum(text: string, statements: readonly SqlStatement[]): string {
  const hash = createHash("sha256");
  for (const { tokens } of statements) {
    let pending = "";
    for (const { start, end } of tokens) {
      // NUL never occurs in a script, so that `a b` and `ab` differ.
      pending += text.slice(start, end).replaceAll("\r\n", "\n") + "\0";
      if (pending.length < 65536) continue;
      hash.update(pending);
      pending = "";
    }
    hash.update(pending + ";\0");
  }
  return hash.digest("hex");
}
