// Pure.
/**
 * One difference between two schemas, as a person reads it.
 *
 * @module
 */

import type { Style } from "../../report/style.ts";
import type { Difference, FieldDifference } from "../../schema/compare_schemas.ts";

/** The most characters of a value to show. */
const LONGEST = 160;

const MARKS = { missing: "-", extra: "+", different: "~" } as const;

/** How the lines are written. */
export interface DifferenceWords {
  readonly style: Style;
  /** What is said of an object that one side lacks: `is missing`. */
  readonly words: { readonly missing: string; readonly extra: string };
}

/** A line for the object, and two for each field that differs. */
export function differenceLines(
  difference: Difference,
  { style, words }: DifferenceWords,
): readonly string[] {
  const object = `${MARKS[difference.change]} ${style.bold(difference.address)}`;
  if (difference.change !== "different") return [`${object} ${words[difference.change]}`];
  return [object, ...difference.fields.flatMap((field) => fieldLines(field, style))];
}

function fieldLines({ field, expected, actual }: FieldDifference, style: Style): readonly string[] {
  return [
    `    ${style.dim(`${field}:`)} expected ${valueText(expected)}`,
    `    ${" ".repeat(field.length + 1)}    found ${valueText(actual)}`,
  ];
}

function valueText(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
