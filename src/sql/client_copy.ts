// Pure.
/**
 * Detects COPY between a table and the client.
 *
 * @module
 */

import type { Node } from "@pgsql/types";

/** The direction of a COPY from or to the client; undefined for other statements. */
export function clientCopy(node: Node): "from stdin" | "to stdout" | undefined {
  if (!("CopyStmt" in node)) return undefined;
  const { is_from, is_program, filename } = node.CopyStmt;
  if (is_program || filename !== undefined) return undefined;
  return is_from ? "from stdin" : "to stdout";
}
