// Pure.
/**
 * Formats the findings of `doctor` as lines for people.
 *
 * @module
 */

import type { CheckLevel } from "../../doctor/check/check.ts";
import type { CheckFinding } from "../../doctor/examine.ts";
import type { Style } from "../../report/style.ts";

/**
 * A line for each finding, and one for the next command. Columns are as wide as their widest cell.
 */
export function findingLines(findings: readonly CheckFinding[], style: Style): readonly string[] {
  const widest = Math.max(0, ...findings.map(({ check }) => check.length));
  return findings.flatMap(({ level, check, found, next }) => [
    `${paint(level, style)(level.padEnd(4))}  ${check.padEnd(widest)}  ${found}`,
    ...(next === undefined ? [] : [`      ${style.dim("next:")} ${next}`]),
  ]);
}

function paint(level: CheckLevel, style: Style): (text: string) => string {
  switch (level) {
    case "ok":
      return style.good;
    case "warn":
      return style.caution;
    case "fail":
      return style.bad;
  }
}
