/**
 * PostgreSQL's own grammar, compiled to WebAssembly and loaded when it is first needed.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { byteOffsets, codePointOffset } from "./offsets.ts";

/** One statement as the grammar sees it. Offsets are UTF-16 units. */
export interface ParsedStatement {
  readonly node: Node;
  /** Offset of its first token. */
  readonly start: number;
  /** Just before its semicolon, or the end of the text: white space and comments may come before. */
  readonly limit: number;
  /** Turns a location in the tree, which counts bytes of the whole text, into a UTF-16 offset. */
  readonly offsetOf: (location: number) => number;
}

/** The text is not SQL. */
export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
  /** @param offset Where, in UTF-16 units; undefined when the parser gave up without a place. */
  constructor(message: string, readonly offset: number | undefined) {
    super(message);
  }
}

/** Reads SQL as PostgreSQL 18 does. Statements without content (`;;`) are left out. */
export type Parse = (text: string) => readonly ParsedStatement[];

/** Loads the parser: some 50 ms the first time. What it gives throws `SyntaxProblem`. */
export async function loadParser(): Promise<Parse> {
  const { hasSqlDetails, loadModule, parseSync } = await import("libpg-query");
  await loadModule();
  return (text) => {
    if (text === "") return [];
    const { stmts = [] } = guarded(() => parseSync(text), (error) => {
      if (!hasSqlDetails(error)) return undefined;
      return codePointOffset(text, error.sqlDetails!.cursorPosition);
    });
    const offset = byteOffsets(text);
    return stmts.map(({ stmt, stmt_location = 0, stmt_len = 0 }) => ({
      node: stmt!,
      start: offset(stmt_location),
      limit: stmt_len === 0 ? text.length : offset(stmt_location + stmt_len),
      offsetOf: (location) => byteOffsets(text)(location),
    }));
  };
}

/** Whatever the parser throws, also when it ran out of memory, becomes a `SyntaxProblem`. */
function guarded<T>(action: () => T, offsetOf: (error: unknown) => number | undefined): T {
  try {
    return action();
  } catch (error) {
    throw new SyntaxProblem(
      error instanceof Error ? error.message : String(error),
      offsetOf(error),
    );
  }
}
