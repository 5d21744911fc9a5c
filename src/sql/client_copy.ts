// Pure.
/**
 * Recognises COPY between a table and the client.
 *
 * @module
 */

import type { Node } from "@pgsql/types";

/** Which way a statement copies to or from the client; undefined when it does not. */
export function clientCopy(node: Node): "from stdin" | "to stdout" | undefined {
  if (!("CopyStmt" in node)) return undefined;
  const { is_from, is_program, filename } = node.CopyStmt;
  if (is_program || filename !== undefined) return undefined;
  return is_from ? "from stdin" : "to stdout";
}
