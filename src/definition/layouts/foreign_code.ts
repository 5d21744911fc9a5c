// Pure.
/**
 * Migrations that are programs, which only their own tool can run.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { LayoutOptions, TreeEntry } from "./layout.ts";

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
    readonly language: "Go" | "JavaScript" | "Rust" | "Java";
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
      `definition/${language.toLowerCase()}-migration`,
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
