// Pure.
/**
 * Drift, as a person reads it.
 *
 * @module
 */

import type { Drift } from "../../drift/find_drift.ts";
import type { Style } from "../../report/style.ts";
import type { Difference, FieldDifference } from "../../schema/compare_schemas.ts";

/** Characters of a value. */
const LONGEST = 160;

const MARKS = { missing: "-", extra: "+", different: "~" } as const;

/** A line for each object, and one for each thing that differs about it. */
export function driftLines(drift: Drift, style: Style): readonly string[] {
  const { differences, applied, revert } = drift;
  const migrations = `${applied} applied migration${applied === 1 ? "" : "s"}`;
  if (differences.length === 0) return [`no drift: it is as ${migrations} left it`];
  return [
    `${differences.length} object${differences.length === 1 ? "" : "s"} ` +
    `not as ${migrations} left ${differences.length === 1 ? "it" : "them"}`,
    ...differences.flatMap((difference) => [
      `${MARKS[difference.change]} ${style.bold(difference.address)}${wordsOf(difference)}`,
      ...(difference.change === "different"
        ? difference.fields.flatMap((field) => fieldLines(field, style))
        : []),
    ]),
    ...revert.byHand.map(({ address, reason }) => `by hand: ${address}: ${reason}`),
    ...releaseLines(drift, style),
  ];
}

function wordsOf({ change }: Difference): string {
  return change === "missing" ? " is missing" : change === "extra" ? " is extra" : "";
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

function releaseLines({ server, shadowServer }: Drift, style: Style): readonly string[] {
  const [live, shadow] = [server, shadowServer].map((version) => Math.floor(version / 10000));
  return live === shadow ? [] : [
    style.dim(
      `the database has PostgreSQL ${live}, the shadow ${shadow}: both were printed by the shadow`,
    ),
  ];
}
