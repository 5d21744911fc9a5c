/**
 * The checksum of a script over its tokens.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { garbageCollector } from "../runtime/collect_garbage.ts";
import { scan } from "./scanner.ts";
import type { SqlStatement } from "./script_statements.ts";

/**
 * SHA-256 in hex over the tokens of these statements. Comments, white space between tokens, empty
 * statements and the last semicolon do not count. The case of words, and the contents of literals
 * and function bodies do, except that CRLF there equals LF.
 */
export function tokenChecksum(
  text: string,
  statements: readonly Pick<SqlStatement, "start" | "end">[],
): string {
  const hash = createHash("sha256");
  const collectGarbage = garbageCollector();
  for (const statement of statements) {
    let pending = "";
    for (const { start, end } of scan(text, statement.start, statement.end)) {
      // A separator, so that `a b` and `ab` differ; NUL never occurs in a script.
      pending += text.slice(start, end).replaceAll("\r\n", "\n") + "\0";
      if (pending.length < 65536) continue;
      hash.update(pending);
      pending = "";
    }
    hash.update(pending + ";\0");
    collectGarbage(statement.end - statement.start);
  }
  return hash.digest("hex");
}
