/**
 * PostgreSQL's grammar, compiled to WebAssembly and loaded on first use.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { byteOffsets, codePointOffset } from "./offsets.ts";

/** A parsed statement. Offsets are UTF-16 units. */
export interface ParsedStatement {
  readonly node: Node;
  /** Offset of its first token. */
  readonly start: number;
  /** Offset of its semicolon, or the end of the text; white space and comments may precede it. */
  readonly limit: number;
}

/** The text is not SQL. */
export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
  /**
   * @param offset Position of the error in UTF-16 units; undefined when the parser reported none.
   */
  constructor(message: string, readonly offset: number | undefined) {
    super(message);
  }
}

/** Parses SQL as PostgreSQL 18 does. Empty statements (`;;`) are left out. */
export type Parse = (text: string) => readonly ParsedStatement[];

/**
 * Loads the parser, which takes about 50 ms the first time. The parse function throws
 * `SyntaxProblem`.
 */
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
    }));
  };
}

/** Parses the PL/pgSQL of a whole `DO` or `CREATE FUNCTION` statement into the library's tree. */
export type ParsePlpgsql = (statement: string) => unknown;

/** Loads PostgreSQL's parser of PL/pgSQL. The parse function throws `SyntaxProblem`. */
export async function loadPlpgsqlParser(): Promise<ParsePlpgsql> {
  const { loadModule, parsePlPgSQLSync } = await import("libpg-query");
  await loadModule();
  return (statement) => guarded(() => parsePlPgSQLSync(statement), () => undefined);
}

/** Turns every error of the parser, also out of memory, into a `SyntaxProblem`. */
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
