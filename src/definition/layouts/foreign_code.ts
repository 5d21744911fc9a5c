// Pure.
/**
 * Migrations that are programs, which only their own tool can run.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { LayoutOptions, TreeEntry } from "./layout.ts";
import type { NumberedFile } from "./numbered_files.ts";

/** What migrations may be written in. */
export type CodeLanguage = "Go" | "JavaScript" | "Rust" | "Java";

const CODES = {
  Go: "definition/go-migration",
  JavaScript: "definition/javascript-migration",
  Rust: "definition/rust-migration",
  Java: "definition/java-migration",
} as const;

/**
 * Refuses files that are programs: passed over, they would be missed only where the next migration
 * builds on them, or never.
 *
 * @param wanted.language What they are written in: `Go`.
 * @param wanted.replacement The name of the file that would do the same in SQL.
 */
export function refuseCode(
  entries: readonly TreeEntry[],
  { database, report, language, isCode, replacement }: LayoutOptions & {
    readonly language: CodeLanguage;
    readonly isCode: RegExp;
    readonly replacement: (name: string) => string;
  },
): void {
  const names = entries.filter(({ name, isDirectory }) => !isDirectory && isCode.test(name))
    .map(({ name }) => name);
  const [first, ...others] = names;
  if (first === undefined) return;
  const path = `${database}/${first}`;
  const are = others.length === 0 ? " is a migration" : ` and ${others.length} more are migrations`;
  report(
    new Failure(
      CODES[language],
      `${path}${are} written in ${language}, which only a ${language} program can run.`,
      {
        hint: `Write what it does as SQL in ${database}/${replacement(first)}, and move the ` +
          `${language} file out of this directory.`,
        place: { file: path },
        facts: { paths: names.map((name) => `${database}/${name}`) },
      },
    ),
  );
}

/**
 * Files that are programs as migrations of which nothing can be run: where they are applied, they are
 * in nobody's way.
 *
 * @param options.isCode Matches the whole name; its groups are the number and the title.
 */
export function codeFiles(
  entries: readonly TreeEntry[],
  { database, language, isCode, replacement }: {
    readonly database: string;
    readonly language: CodeLanguage;
    readonly isCode: RegExp;
    readonly replacement: (name: string) => string;
  },
): readonly NumberedFile[] {
  return entries.flatMap(({ name, isDirectory }): readonly NumberedFile[] => {
    const [, digits, title = ""] = isDirectory ? [] : isCode.exec(name) ?? [];
    if (digits === undefined) return [];
    const defect = codeDefect(`${database}/${name}`, {
      language,
      replacement: `${database}/${replacement(name)}`,
    });
    return [{ path: name, digits, title, defect }];
  });
}

/** What is said of one. */
export function codeDefect(
  path: string,
  { language, replacement }: {
    readonly language: CodeLanguage;
    readonly replacement: string;
  },
): Failure {
  return new Failure(
    CODES[language],
    `${path} is a migration written in ${language}, which only a ${language} program can run.`,
    {
      hint:
        `Write what it does as SQL in ${replacement}, and move the ${language} file out of this ` +
        "directory. Where its own tool has applied it: migrator adopt.",
      place: { file: path },
    },
  );
}
