/**
 * Compiles the SQL of a declaration into templates: finds `batch()` and `argument()`, and checks
 * that it can run in sub-batches.
 *
 * @module
 */

import type { SqlContext } from "./sql_reading.ts";
import type { SqlReading } from "./sql_reading.ts";
import type { FuncCall } from "@pgsql/types";
import { Failure, type Place } from "../../failure.ts";
import { SyntaxProblem } from "../../sql/parser.ts";
import { parseStatements, type SqlStatement } from "../../sql/script_statements.ts";
import { bareColumn, callsOf, nodesIn } from "../../sql/syntax_tree.ts";
import { suggest } from "../../suggest.ts";
import type { Hole, SqlTemplate } from "./sql_template.ts";
import { bodyDefects } from "./batched_body.ts";
import { filterColumns, filterDefects, filterText } from "./batched_filter.ts";
import type { EmbeddedSql } from "../text/embedded_sql.ts";
import { explainSyntaxProblem } from "../text/syntax_problem.ts";

/** Reads the statements of a sub-batch: each must be DML that restricts its rows. */
export async function readBody(
  sql: EmbeddedSql,
  context: SqlContext,
): Promise<readonly SqlTemplate[]> {
  const statements = await parse(sql, context);
  if (statements?.length === 0) nothingIn(sql, context);
  return (statements ?? []).map((statement) => {
    const reading = readingOf(statement, { sql, context });
    bodyDefects(reading);
    return template(reading, { sql, takesBatch: true });
  });
}

/** Reads a query that changes nothing. */
export async function readQuery(
  sql: EmbeddedSql,
  context: SqlContext,
): Promise<SqlTemplate | undefined> {
  const statements = await parse(sql, context);
  if (statements === undefined) return undefined;
  const [statement, second] = statements;
  if (statement === undefined) return nothingIn(sql, context);
  const { refuse, ...reading } = readingOf(second ?? statement, { sql, context });
  if (second !== undefined || !isQuery(statement)) {
    refuse("definition/batched-query", {
      message: `has \`${context.purpose}\` that is not one SELECT that only reads.`,
      hint: `Write one query, such as \`${context.purpose}: SELECT 1 FROM … WHERE … LIMIT 1\`.`,
    });
    return undefined;
  }
  return template({ ...reading, refuse }, { sql, takesBatch: false });
}

/** Reads a condition on the rows of one table, and puts a hole before each column. */
export async function readFilter(
  sql: EmbeddedSql,
  context: SqlContext,
): Promise<SqlTemplate | undefined> {
  const wrapped = filterText(sql);
  const statements = await parse(wrapped, context);
  if (statements === undefined) return undefined;
  const [statement] = statements;
  if (statement === undefined) return nothingIn(sql, context);
  const reading = readingOf(statement, { sql: wrapped, context });
  if (!filterDefects(reading, statements.length)) return undefined;
  return template(reading, {
    sql: wrapped,
    takesBatch: false,
    columns: filterColumns(statement),
    skip: wrapped.text.length - sql.text.length,
  });
}

function isQuery({ node }: SqlStatement): boolean {
  if (!("SelectStmt" in node) || node.SelectStmt.intoClause) return false;
  return [...nodesIn(node)].every((inner) =>
    !("InsertStmt" in inner || "UpdateStmt" in inner || "DeleteStmt" in inner ||
      "MergeStmt" in inner || "LockingClause" in inner)
  );
}

function nothingIn(sql: EmbeddedSql, { path, purpose, report }: SqlContext): undefined {
  report(
    new Failure("definition/wrong-type", `${path} has no SQL in \`${purpose}\`.`, {
      hint: `Write it behind \`${purpose}: |\`, indented, or remove the key.`,
      place: sql.placeAt(0),
    }),
  );
}

async function parse(
  { text, placeAt }: EmbeddedSql,
  { path, report }: SqlContext,
): Promise<readonly SqlStatement[] | undefined> {
  try {
    return await parseStatements(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    report(await explainSyntaxProblem(error, { text, path, placeAt }));
    return undefined;
  }
}

function readingOf(
  statement: SqlStatement,
  { sql, context }: { readonly sql: EmbeddedSql; readonly context: SqlContext },
): SqlReading {
  return {
    ...context,
    statement,
    refuse(code, { message, hint, at }) {
      const offset = at === undefined ? statement.start : statement.offsetOf(at);
      const place: Place = sql.placeAt(offset);
      context.report(new Failure(code, `${context.path} ${message}`, { hint, place }));
    },
  };
}

/** Finds the holes: the parser gives their starts, the scanner their ends. */
function template(
  reading: SqlReading,
  { sql, takesBatch, columns = [], skip }: {
    readonly sql: EmbeddedSql;
    readonly takesBatch: boolean;
    readonly columns?: readonly Hole[];
    /** Characters put before a condition to make it a statement. */
    readonly skip?: number;
  },
): SqlTemplate {
  const { statement } = reading;
  const start = skip === undefined
    ? statement.start
    : statement.tokens.find((token) => token.start >= skip)!.start;
  const holes = [
    ...callsOf(statement.node, "batch").map((call) => batchHole(call, { ...reading, sql })),
    ...callsOf(statement.node, "argument").map((call) => argumentHole(call, { ...reading, sql })),
    ...columns,
  ];
  if (!takesBatch) {
    for (const { location } of callsOf(statement.node, "batch")) {
      reading.refuse("definition/batch-misused", {
        message: `calls batch() in \`${reading.purpose}\`, which is not about one sub-batch.`,
        hint: "Remove the call.",
        at: location ?? 0,
      });
    }
  }
  return {
    text: sql.text.slice(start, statement.end),
    line: sql.placeAt(start).line,
    holes: holes.filter((hole) => hole !== undefined)
      .map((hole) => ({ ...hole, start: hole.start - start, end: hole.end - start }))
      .sort((a, b) => a.start - b.start || a.end - b.end),
  };
}

interface Call extends SqlReading {
  readonly sql: EmbeddedSql;
}

/** The tokens of `name(…)` with at most one token between the parentheses. */
function tokensOf({ location = 0 }: FuncCall, { statement, sql }: Call) {
  const offset = statement.offsetOf(location);
  const first = statement.tokens.findIndex(({ start }) => start === offset);
  const tokens = statement.tokens.slice(first, first + 4);
  const close = tokens.findIndex(({ start }) => sql.text[start] === ")");
  return { start: offset, end: tokens[close]?.end, inner: close === 3 ? tokens[2] : undefined };
}

function batchHole(call: FuncCall, reading: Call): Hole | undefined {
  const { start, end, inner } = tokensOf(call, reading);
  const [argument, ...more] = call.args ?? [];
  const isAlias = argument === undefined || bareColumn(argument) !== undefined;
  if (end !== undefined && more.length === 0 && isAlias) {
    const name = inner === undefined ? "" : reading.sql.text.slice(inner.start, inner.end);
    return { start, end, kind: "batch", name };
  }
  reading.refuse("definition/batch-misused", {
    message: "calls batch() with something that is not the alias of a table.",
    hint: "Write `batch(r)` for the table with the alias r, or `batch()`.",
    at: call.location ?? 0,
  });
  return undefined;
}

function argumentHole(call: FuncCall, reading: Call): Hole | undefined {
  const { start, end } = tokensOf(call, reading);
  const [argument, ...more] = call.args ?? [];
  const name = argument !== undefined && "A_Const" in argument
    ? argument.A_Const.sval?.sval
    : undefined;
  if (end === undefined || more.length > 0 || name === undefined) {
    reading.refuse("definition/batched-argument", {
      message: "calls argument() with something that is not a name in quotation marks.",
      hint: "Write `argument('name')` with a name that is a key of `arguments`.",
      at: call.location ?? 0,
    });
    return undefined;
  }
  if (!reading.arguments.includes(name)) {
    const meant = suggest(name, reading.arguments);
    reading.refuse("definition/unknown-argument", {
      message: `uses the argument ${name}, which \`arguments\` does not have.`,
      hint: meant === undefined
        ? `Add it: \`arguments: { ${name}: … }\`.`
        : `Did you mean \`${meant}\`?`,
      at: call.location ?? 0,
    });
    return undefined;
  }
  return { start, end, kind: "argument", name };
}
