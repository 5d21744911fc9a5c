/**
 * Reads the statements of a release: SQL files, or what pg_stat_statements has counted.
 *
 * @module
 */

import { join } from "node:path";
import { Failure } from "../failure.ts";
import { isDirectory, listDirectory, readText } from "../runtime/files.ts";
import { lineAndColumn } from "../sql/offsets.ts";
import { SyntaxProblem } from "../sql/parser.ts";
import { parseStatements, type SqlStatement } from "../sql/script_statements.ts";
import type { ReleaseStatement } from "./prepared_statements.ts";

/** What PREPARE takes. */
const PREPARABLE = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

/**
 * Reads a file, or the `.sql` and `.json` files below a directory. A JSON file is an array of queries, or
 * of objects with a `query`, as `SELECT json_agg(query) FROM pg_stat_statements` gives it. Statements that
 * nobody prepares, such as CREATE TABLE, are left out.
 *
 * @throws {Failure} `usage/queries`: it is not there, or is neither SQL nor such JSON.
 */
export async function readStatements(path: string): Promise<readonly ReleaseStatement[]> {
  const files = await isDirectory(path) ? await filesBelow(path) : [path];
  const statements: ReleaseStatement[] = [];
  for (const file of files) {
    const text = await readText(file);
    if (text === undefined) throw unreadable(file, "it is not there");
    statements.push(...file.endsWith(".json") ? await ofJson(file, text) : await ofSql(file, text));
  }
  return statements;
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const { name, isDirectory } of await listDirectory(directory) ?? []) {
    const path = join(directory, name);
    if (isDirectory) files.push(...await filesBelow(path));
    else if (/\.(sql|json)$/.test(name)) files.push(path);
  }
  return files;
}

async function ofSql(file: string, text: string): Promise<readonly ReleaseStatement[]> {
  const statements = await parse(text, (reason) => unreadable(file, reason));
  return statements.filter(isPreparable).map(({ start, end }) => ({
    place: `${file}:${lineAndColumn(text, start).line}`,
    sql: text.slice(start, end),
  }));
}

async function ofJson(file: string, text: string): Promise<readonly ReleaseStatement[]> {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, (error as Error).message);
  }
  if (!Array.isArray(rows)) throw unreadable(file, "it is no array");
  const statements: ReleaseStatement[] = [];
  for (const [index, row] of rows.entries()) {
    const sql = typeof row === "string" ? row : (row as { readonly query?: unknown } | null)?.query;
    if (typeof sql !== "string") throw unreadable(file, `entry ${index + 1} has no query`);
    // pg_stat_statements cuts off long ones and keeps commands of psql's like \copy.
    const parsed = await parse(sql, () => undefined);
    statements.push(
      ...parsed.filter(isPreparable).map(({ start, end }) => ({
        place: `${file}#${index + 1}`,
        sql: sql.slice(start, end),
      })),
    );
  }
  return statements;
}

/** @param refusal What to throw when it is not SQL; undefined: nothing, and there are no statements. */
async function parse(
  text: string,
  refusal: (reason: string) => Failure | undefined,
): Promise<readonly SqlStatement[]> {
  try {
    return await parseStatements(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const failure = refusal(error.message);
    if (failure !== undefined) throw failure;
    return [];
  }
}

function isPreparable({ node }: SqlStatement): boolean {
  return PREPARABLE.some((kind) => kind in node);
}

function unreadable(file: string, reason: string): Failure {
  return new Failure("usage/queries", `The queries in ${file} cannot be read: ${reason}.`, {
    hint: "Give SQL, or JSON as this writes it: psql -Atc " +
      '"SELECT json_agg(query) FROM pg_stat_statements" > queries.json',
    place: { file },
  });
}
