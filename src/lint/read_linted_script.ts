/**
 * Reads a migration's script in the form in which rules look at it.
 *
 * @module
 */

import type { Definition, Script } from "../definition/migration/definition.ts";
import { parseScript } from "../definition/migration/parse_script.ts";
import { loadParser, loadPlpgsqlParser } from "../sql/parser.ts";
import { embeddedStatements } from "./model/embedded_statements.ts";
import type { LintedScript, LintedStatement } from "./model/linted_script.ts";

/**
 * Reads the way up. A script that is not SQL has no statements; its defects are reported elsewhere.
 */
export async function readLintedScript(
  { up, down, metadata, defects }: Pick<Definition, "up" | "down" | "metadata" | "defects">,
): Promise<LintedScript> {
  return {
    path: up.path,
    text: await up.read(),
    ...await statementsOf(up),
    transaction: up.transaction,
    metadata,
    hasDown: down !== undefined || (defects?.down ?? []).length > 0,
  };
}

async function statementsOf(
  script: Script,
): Promise<Pick<LintedScript, "statements" | "opaque" | "control">> {
  const [first] = script.statements;
  if (first === undefined) return { statements: [], opaque: [], control: [] };
  const text = await script.read();
  const own = new Set(script.statements.map(({ start }) => start));
  const [parse, parsePlpgsql] = await Promise.all([loadParser(), loadPlpgsqlParser()]);
  const statements: LintedStatement[] = [];
  const opaque: LintedStatement[] = [];
  const control: LintedStatement[] = [];
  for (const statement of await parseScript(text)) {
    if (!own.has(statement.start)) {
      if ("TransactionStmt" in statement.node) control.push(statement);
      continue;
    }
    statements.push(statement);
    if (!("DoStmt" in statement.node)) continue;
    const inner = embeddedStatements(statement, { text, parse, parsePlpgsql });
    statements.push(...inner.statements);
    opaque.push(...inner.opaque);
  }
  return { statements, opaque, control };
}
