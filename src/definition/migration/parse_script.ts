/**
 * The statements of a migration's file, as `compileScript` sees them.
 *
 * @module
 */

import { parseStatements, type SqlStatement } from "../../sql/script_statements.ts";
import { bunSplits, withSemicolons } from "./bun_directives.ts";

/**
 * Parses the text of a script: `--bun:split` ends a statement, too.
 *
 * @throws {SyntaxProblem} When it is not SQL.
 */
export function parseScript(text: string): Promise<readonly SqlStatement[]> {
  return parseStatements(withSemicolons(text, bunSplits(text)));
}
