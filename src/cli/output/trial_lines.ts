// Pure.
/**
 * The result of trying a batched migration, as lines for people.
 *
 * @module
 */

import type { StateDifference } from "../../background/trial/compare_states.ts";
import type { TrialResult } from "../../background/trial/run_trial.ts";
import type { Style } from "../../report/style.ts";
import { wrap } from "./wrap.ts";

/** The most differences of each kind to show. */
const MAX_SHOWN = 5;

const LONGEST_NAME = 11;

/** A line for each result, and one for each of the first differences. */
export function trialLines(
  { name, level, found, differences }: TrialResult,
  style: Style,
): string[] {
  const paint = { ok: style.good, warn: style.caution, fail: style.bad, skip: style.dim }[level];
  const head = `${paint(level.padEnd(4))}  ${name.padEnd(LONGEST_NAME)}  `;
  const more = differences.length - MAX_SHOWN;
  return [
    ...wrap(head, found),
    ...differences.slice(0, MAX_SHOWN).map((one) => `      ${differenceText(one)}`),
    ...(more > 0 ? [`      and ${more} more`] : []),
  ];
}

function differenceText({ table, key, kind, columns }: StateDifference): string {
  const row = Object.entries(key).map(([name, value]) => `${name} = ${valueText(value)}`);
  const where = `${table} ${row.join(", ")}`;
  if (kind !== "changed") return `${where} is ${kind === "missing" ? "missing" : "there as well"}`;
  return `${where}: ${
    columns.map(({ name, wanted, found }) =>
      `${name} is ${valueText(found)}, should be ${valueText(wanted)}`
    ).join("; ")
  }`;
}

const LONGEST_VALUE = 40;

function valueText(value: string | null | undefined): string {
  if (value == null) return "NULL";
  return value.length <= LONGEST_VALUE ? value : `${value.slice(0, LONGEST_VALUE - 1)}…`;
}
