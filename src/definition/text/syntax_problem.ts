/**
 * Explains a syntax error in an SQL file, and what to do.
 *
 * @module
 */

import { clause } from "../../format/clause.ts";
import { Failure, type Place } from "../../failure.ts";
import { clientCopy } from "../../sql/client_copy.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { parseStatements } from "../../sql/script_statements.ts";
import type { SyntaxProblem } from "../../sql/parser.ts";

const INSERT_HINT = "Write the rows as INSERT statements (pg_dump does so with --inserts).";

/** Hints for particular psql commands. */
const META_HINTS: Readonly<Record<string, string>> = {
  "\\restrict": "Delete the lines with \\restrict and \\unrestrict; pg_dump writes them for psql.",
  "\\unrestrict":
    "Delete the lines with \\restrict and \\unrestrict; pg_dump writes them for psql.",
  "\\.": INSERT_HINT,
  "\\i": "Put the SQL of the other file here.",
  "\\ir": "Put the SQL of the other file here.",
  "\\gexec": "Write a DO block that loops over the query and runs EXECUTE.",
};

/**
 * Detects a psql command, data after COPY, or a psql variable; otherwise repeats the parser's
 * message.
 */
export async function explainSyntaxProblem(
  problem: SyntaxProblem,
  { text, path, placeAt = (offset) => ({ file: path, ...lineAndColumn(text, offset) }) }: {
    readonly text: string;
    readonly path: string;
    /**
     * Maps an offset of the text to a place in the file, when the text is only part of the file.
     */
    readonly placeAt?: (offset: number) => Required<Place>;
  },
): Promise<Failure> {
  if (problem.offset === undefined) {
    return new Failure(
      "definition/too-much-sql",
      `${path} is more SQL than the parser can hold: ${clause(problem.message)}.`,
      {
        hint: "Split it into several migrations, or into statements with fewer rows each.",
        place: { file: path },
      },
    );
  }
  const copy = await copyBefore(text, problem.offset);
  if (copy !== undefined) {
    return copyRefused("from stdin", {
      path,
      line: placeAt(copy).line,
    });
  }
  const place = placeAt(problem.offset);
  if (text[problem.offset] === "\\") {
    const command = /^\\\S*/.exec(text.slice(problem.offset, problem.offset + 64))![0];
    return new Failure(
      "definition/psql-command",
      `${path} holds ${command}, a command of psql, which PostgreSQL does not know.`,
      { hint: META_HINTS[command] ?? `Write plain SQL instead of ${command}.`, place },
    );
  }
  return new Failure(
    "definition/syntax",
    `${path} is not SQL: ${clause(firstLine(problem.message))}.`,
    { hint: hintAt(text.slice(problem.offset, problem.offset + 64)), place },
  );
}

/** What the text that the parser stumbled over looks like. */
function hintAt(rest: string): string {
  if (/^:['"]?\w/.test(rest)) {
    return "Write the value itself: psql's variables are not replaced here.";
  }
  if (rest.startsWith(":")) {
    return "Correct the SQL at this place; perhaps the colon was to be a semicolon.";
  }
  if (rest.startsWith("${") || rest.startsWith("{")) {
    return "Write the value itself: variables and templates are not filled in in this layout. If the " +
      "files are another tool's, name it in migrator.yaml, such as `layout: flyway`.";
  }
  return "Correct the SQL at this place.";
}

/** The parser quotes what it stumbled over, which may be the rest of the file. */
function firstLine(message: string): string {
  const line = message.split(/[\r\n]/, 1)[0]!;
  const cut = line.length > 100 ? line.slice(0, 100) : line;
  return cut === message ? message : `${cut}…`;
}

/** The failure for COPY to or from the client. */
export function copyRefused(
  way: "from stdin" | "to stdout",
  { path, line }: { readonly path: string; readonly line: number },
): Failure {
  const place = { file: path, line };
  return way === "from stdin"
    ? new Failure(
      "definition/copy-from-stdin",
      `${path} copies from the client's input, which a migration does not have.`,
      { hint: INSERT_HINT, place },
    )
    : new Failure(
      "definition/copy-to-stdout",
      `${path} copies to the client's output, which nobody would read.`,
      { hint: "Remove it, or copy into a table with INSERT … SELECT.", place },
    );
}

/** The offset of a COPY … FROM STDIN that ends just before `offset`, where its data would begin. */
async function copyBefore(text: string, offset: number): Promise<number | undefined> {
  const head = text.slice(0, offset);
  for (const attempt of [head, head.slice(0, head.lastIndexOf(";") + 1)]) {
    try {
      const last = (await parseStatements(attempt)).at(-1);
      if (last !== undefined && clientCopy(last.node) === "from stdin") return last.start;
    } catch {
      continue;
    }
  }
  return undefined;
}
