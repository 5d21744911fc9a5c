/**
 * The statements that a DO block runs, as far as its PL/pgSQL text shows them.
 *
 * @module
 */

import type { DoStmt, Node } from "@pgsql/types";
import { byteOffsets } from "../../sql/offsets.ts";
import { type Parse, type ParsePlpgsql, SyntaxProblem } from "../../sql/parser.ts";
import { foldText } from "./fold_text.ts";
import type { LintedStatement } from "./linted_script.ts";

/** What a block runs. */
export interface EmbeddedStatements {
  readonly statements: readonly LintedStatement[];
  /** Dynamic SQL that cannot be known. */
  readonly opaque: readonly LintedStatement[];
}

/**
 * Finds them. Their order is that of the text; a loop's body is listed once, and both branches of an IF.
 *
 * @param text The script's.
 */
export function embeddedStatements(
  block: LintedStatement,
  { text, parse, parsePlpgsql }: {
    readonly text: string;
    readonly parse: Parse;
    readonly parsePlpgsql: ParsePlpgsql;
  },
): EmbeddedStatements {
  const statements: LintedStatement[] = [];
  const opaque: LintedStatement[] = [];
  if (!("DoStmt" in block.node)) return { statements, opaque };
  if (languageOf(block.node.DoStmt) !== "plpgsql") return { statements, opaque: [block] };
  let tree: unknown;
  try {
    tree = parsePlpgsql(text.slice(block.start, block.end));
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { statements, opaque: [block] };
  }
  let from = block.start;
  for (const { sql, isDynamic } of queriesIn(tree)) {
    const found = text.indexOf(sql, from);
    const start = found === -1 || found >= block.end ? block.start : found;
    const end = found === -1 || found >= block.end ? block.end : found + sql.length;
    if (end > start && start !== block.start) from = start + 1;
    const known = isDynamic ? dynamicText(sql, parse) : sql;
    const parsed = known === undefined ? undefined : parsedOrNothing(known, parse);
    if (parsed === undefined) {
      if (isDynamic) {
        opaque.push({
          node: block.node,
          offsetOf: () => start,
          start,
          end,
          within: block,
        });
      }
      continue;
    }
    for (const { node, start: inner } of parsed) {
      const shift = isDynamic
        ? () => start
        : (location: number) => start + byteOffsets(sql)(location);
      statements.push({
        node,
        start: isDynamic ? start : start + leadingSpace(sql, inner),
        end,
        offsetOf: shift,
        within: block,
      });
    }
  }
  return { statements, opaque };
}

function languageOf({ args = [] }: DoStmt): string {
  for (const one of args) {
    if (!("DefElem" in one) || one.DefElem.defname !== "language") continue;
    const { arg } = one.DefElem;
    if (arg !== undefined && "String" in arg) return arg.String.sval ?? "";
  }
  return "plpgsql";
}

interface Query {
  readonly sql: string;
  readonly isDynamic: boolean;
}

/** How PL/pgSQL parses an expression that is a whole statement: RAW_PARSE_DEFAULT. */
const WHOLE_STATEMENT = 0;

/** The queries of a function's tree in the order of its text. */
function* queriesIn(tree: unknown): Generator<Query, void, undefined> {
  if (Array.isArray(tree)) {
    for (const one of tree) yield* queriesIn(one);
  } else if (typeof tree === "object" && tree !== null) {
    for (const [key, value] of Object.entries(tree)) {
      if (key === "PLpgSQL_stmt_dynexecute" || key === "PLpgSQL_stmt_dynfors") {
        const sql = value?.query?.PLpgSQL_expr?.query;
        if (typeof sql === "string") yield { sql, isDynamic: true };
        yield* queriesIn(value?.body);
      } else if (key === "PLpgSQL_expr") {
        const { query: sql, parseMode } = value as { query?: string; parseMode?: number };
        if (sql !== undefined && (parseMode ?? WHOLE_STATEMENT) === WHOLE_STATEMENT) {
          yield { sql, isDynamic: false };
        }
      } else yield* queriesIn(value);
    }
  }
}

/** The SQL that an expression makes, with a name of no meaning for what is not known of it. */
function dynamicText(expression: string, parse: Parse): string | undefined {
  const [select] = parsedOrNothing(`SELECT ${expression}`, parse) ?? [];
  if (select === undefined || !("SelectStmt" in select.node)) return undefined;
  const [target] = select.node.SelectStmt.targetList ?? [];
  const value: Node | undefined = target && "ResTarget" in target
    ? target.ResTarget.val
    : undefined;
  return value && foldText(value);
}

function parsedOrNothing(sql: string, parse: Parse) {
  try {
    return parse(sql);
  } catch (error) {
    if (error instanceof SyntaxProblem) return undefined;
    throw error;
  }
}

function leadingSpace(sql: string, from: number): number {
  return from + (/^\s*/.exec(sql.slice(from))?.[0].length ?? 0);
}
