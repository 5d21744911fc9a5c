// Pure.
/**
 * Parses libpq's keyword strings: `host=localhost dbname='my shop' password=a\'b`.
 *
 * @module
 */

import { namedParameter, type ParameterName, type Parameters } from "./parameters.ts";
import { unreadable } from "./unreadable.ts";

const SPACE = /[ \t\n\v\f\r]/;

/**
 * White space is allowed around `=` and between pairs. A value with white space is quoted with `'`. A
 * backslash escapes the next character. If a parameter occurs several times, the last value counts.
 *
 * @throws {Failure} `settings/unreadable-url`, `settings/unknown-parameter`.
 */
export function parseKeywordString(text: string, origin: string): Parameters {
  const found: Partial<Record<ParameterName, string>> = {};
  let at = skipSpace(text, 0);
  for (let pair = 1; at < text.length; pair++) {
    const start = at;
    while (at < text.length && text[at] !== "=" && !SPACE.test(text[at]!)) at++;
    const name = text.slice(start, at);
    at = skipSpace(text, at);
    if (text[at] !== "=") {
      throw unreadable(
        origin,
        `the ${ordinal(pair)} of its pairs has no "="`,
        "Put a value with white space between single quotes: password='two words'",
      );
    }
    const value = readValue(text, skipSpace(text, at + 1), origin);
    Object.assign(found, namedParameter({ name, value: value.text }, origin));
    at = skipSpace(text, value.end);
  }
  return found;
}

function readValue(
  text: string,
  start: number,
  origin: string,
): { readonly text: string; readonly end: number } {
  const quoted = text[start] === "'";
  let value = "";
  let at = quoted ? start + 1 : start;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (quoted && character === "'") return { text: value, end: at + 1 };
    if (!quoted && SPACE.test(character)) break;
    value += character === "\\" ? text[++at] ?? "" : character;
  }
  if (!quoted) return { text: value, end: at };
  throw unreadable(
    origin,
    "a quoted value is not closed",
    "Write a single quote inside a value as \\' and a backslash as \\\\",
  );
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.test(text[at]!)) at++;
  return at;
}

function ordinal(number: number): string {
  return ["first", "second", "third"][number - 1] ?? `${number}th`;
}
