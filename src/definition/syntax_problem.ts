/**
 * Why a file is not SQL, in words that say what to do.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { lineAndColumn } from "../sql/offsets.ts";
import { parseStatements } from "../sql/script_statements.ts";
import type { SyntaxProblem } from "../sql/parser.ts";

/** psql's commands that have a repair of their own. */
const META_HINTS: Readonly<Record<string, string>> = {
  "\\restrict": "Delete the lines with \\restrict and \\unrestrict; pg_dump writes them for psql.",
  "\\unrestrict":
    "Delete the lines with \\restrict and \\unrestrict; pg_dump writes them for psql.",
  "\\.": "Write the rows as INSERT statements (pg_dump does so with --inserts).",
  "\\i": "Put the SQL of the other file here.",
  "\\ir": "Put the SQL of the other file here.",
  "\\gexec": "Write a DO block that loops over the query and runs EXECUTE.",
};

/** Names a psql command, data behind COPY, a psql variable, or else repeats the parser. */
export async function explainSyntaxProblem(
  problem: SyntaxProblem,
  { text, path }: { readonly text: string; readonly path: string },
): Promise<Failure> {
  if (problem.offset === undefined) {
    return new Failure(
      "definition/too-much-sql",
      `${path} is more SQL than the parser can hold: ${problem.message}.`,
      {
        hint: "Split it into several migrations, or into statements with fewer rows each.",
        place: { file: path },
      },
    );
  }
  const copy = await copyBefore(text, problem.offset);
  if (copy !== undefined) {
    return new Failure(
      "definition/copy-from-stdin",
      `${path} copies from the client's input, which a migration does not have.`,
      {
        hint: "Write the rows as INSERT statements (pg_dump does so with --inserts).",
        place: { file: path, line: lineAndColumn(text, copy).line },
      },
    );
  }
  const place = { file: path, ...lineAndColumn(text, problem.offset) };
  if (text[problem.offset] === "\\") {
    const command = /^\\\S*/.exec(text.slice(problem.offset, problem.offset + 64))![0];
    return new Failure(
      "definition/psql-command",
      `${path} holds ${command}, a command of psql, which PostgreSQL does not know.`,
      { hint: META_HINTS[command] ?? `Write plain SQL instead of ${command}.`, place },
    );
  }
  return new Failure("definition/syntax", `${path} is not SQL: ${problem.message}.`, {
    hint: text[problem.offset] === ":"
      ? "Write the value itself: psql's variables are not replaced here."
      : "Correct the SQL at this place.",
    place,
  });
}

/** The offset of a COPY … FROM STDIN that ends just before `offset`, where its data would begin. */
async function copyBefore(text: string, offset: number): Promise<number | undefined> {
  const head = text.slice(0, offset);
  for (const attempt of [head, head.slice(0, head.lastIndexOf(";") + 1)]) {
    try {
      const last = (await parseStatements(attempt)).at(-1);
      if (last === undefined || !("CopyStmt" in last.node)) continue;
      const { is_from, is_program, filename } = last.node.CopyStmt;
      if (is_from && !is_program && filename === undefined) return last.start;
    } catch {
      continue;
    }
  }
  return undefined;
}
