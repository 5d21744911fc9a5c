// Pure.
/**
 * Splits the value of `--archive-command` into a program and its arguments, to run it without a
 * shell.
 *
 * @module
 */

import { Failure } from "../../failure.ts";

/** The placeholder for the archive's name. */
const NAME = "{name}";

/**
 * Splits at white space. Characters within '…' and "…" and after a backslash are literal. Nothing
 * is expanded.
 *
 * @throws {Failure} `usage/archive-command`.
 */
export function parseCommandWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === "\\" && quote === '"') word += text[++at] ?? "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (character === "\\" ? text[++at] ?? "" : character);
    }
  }
  if (quote !== undefined) throw refused(`a ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw refused("it is empty");
  // Each archive would overwrite the previous one.
  if (!words.some((one) => one.includes(NAME))) throw refused(`it does not say ${NAME}`);
  return words;
}

function refused(why: string): Failure {
  return new Failure("usage/archive-command", `--archive-command cannot be run: ${why}.`, {
    hint: "Name a program that reads standard input, and where {name} belongs: " +
      "--archive-command 'aws s3 cp - s3://bucket/{name}'",
  });
}

/** Replaces the placeholder with the archive's name. */
export function withName(words: readonly string[], name: string): readonly string[] {
  return words.map((word) => word.replaceAll(NAME, name));
}

/**
 * The archive's place, for display: the word that contains its name, with secrets redacted. A word
 * with white space is a script rather than a place; then the name alone.
 */
export function archivePlace(words: readonly string[], name: string): string {
  const word = words.find((one) => one.includes(NAME) && !/\s/.test(one)) ?? NAME;
  const place = word.replace(/^[\w-]+=(?=.*:\/\/)/, "").replace(/[?#].*$/s, "")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
  return (place.includes(NAME) ? place : NAME).replaceAll(NAME, name);
}
