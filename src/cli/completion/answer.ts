/**
 * Answers a shell that asks for completions.
 *
 * @module
 */

import type { Command } from "commander";
import { compareVersions } from "../../definition/migration/version.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { StartInvocation } from "../invocation/options.ts";
import { completionAt, type CompletionWord } from "./completion_at.ts";

/**
 * Returns the kind of completion, then one word per line with a description after a tab.
 *
 * @param words All words after the program's name; the last is the one at the cursor, may be empty.
 * @returns Without words when migrations cannot be read. It prints nothing.
 */
export async function answer(
  program: Command,
  { words, begin }: { readonly words: readonly string[]; readonly begin: StartInvocation },
): Promise<readonly string[]> {
  const { source, before, options } = completionAt(program, words);
  if (source.kind === "files" || source.kind === "directories") return [source.kind];
  const found = source.kind === "words"
    ? source.words
    : source.kind === "help"
    ? [...source.commands, ...(words.at(-1) === "" ? [] : await errorCodes())]
    : await (source.kind === "databases" ? databases : versions)(begin(options)).catch(() => []);
  return [
    "words",
    // A name on disk may contain a line end, which would begin another line.
    ...found.filter(({ word }) => !/\p{Cc}/u.test(word))
      .map(({ word, about }) => `${before}${word}\t${about.replaceAll(/\p{Cc}+/gu, " ")}`),
  ];
}

/** Too many to list before the user has typed a character. */
async function errorCodes(): Promise<readonly CompletionWord[]> {
  const { ERROR_PAGES } = await import("../../error_pages/error_pages.ts");
  return Object.entries(ERROR_PAGES).map(([word, { title }]) => ({ word, about: title }));
}

async function databases(invocation: Invocation): Promise<readonly CompletionWord[]> {
  const { databases, label } = await invocation.source();
  return databases.map((word) => ({ word, about: label }));
}

/** Versions, newest first. */
async function versions(invocation: Invocation): Promise<readonly CompletionWord[]> {
  const source = await invocation.source();
  const names = await invocation.databases();
  const lists = await Promise.all(names.map(async (database) => {
    const listed = await source.list(database);
    return listed.map(({ version, name }) => ({ version, about: `${name} (${database})` }));
  }));
  return lists.flat().sort((a, b) => compareVersions(b.version, a.version))
    .map(({ version, about }) => ({ word: String(version), about }));
}
