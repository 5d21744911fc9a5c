// Pure.
/**
 * One difference between two schemas, as a person reads it.
 *
 * @module
 */

import type { Style } from "../../report/style.ts";
import type { FieldDifference } from "../../schema/compare_schemas.ts";

/** The most characters of a value to show. */
const LONGEST = 160;

const MARKS = { missing: "-", extra: "+", different: "~" } as const;

/** What is shown of a `Difference`. */
export type ShownDifference =
  | { readonly change: "missing" | "extra"; readonly address: string }
  | {
    readonly change: "different";
    readonly address: string;
    readonly fields: readonly FieldDifference[];
  };

/** How the lines are written. */
export interface DifferenceWords {
  readonly style: Style;
  /** What is said of an object that one side lacks: `is missing`. */
  readonly words: { readonly missing: string; readonly extra: string };
}

/** A line for the object, and two for each field that differs. */
export function differenceLines(
  difference: ShownDifference,
  { style, words }: DifferenceWords,
): readonly string[] {
  const object = `${MARKS[difference.change]} ${style.bold(difference.address)}`;
  if (difference.change !== "different") return [`${object} ${words[difference.change]}`];
  return [object, ...difference.fields.flatMap((field) => fieldLines(field, style))];
}

function fieldLines({ field, expected, actual }: FieldDifference, style: Style): readonly string[] {
  const texts = [valueText(expected), valueText(actual)] as const;
  const [wanted, found] = texts.map((text) => excerpt(text, firstDifference(...texts)));
  return [
    `    ${style.dim(`${field}:`)} expected ${wanted}`,
    `    ${" ".repeat(field.length + 1)}    found ${found}`,
  ];
}

/** On one line. */
function valueText(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Where the first character is that differs. */
function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

/** Characters to show before the first one that differs. */
const CONTEXT = 40;

/** The part of a long text that shows what differs. */
function excerpt(text: string, difference: number): string {
  if (text.length <= LONGEST) return text;
  const start = difference > LONGEST - CONTEXT ? difference - CONTEXT : 0;
  const end = start + LONGEST;
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}
