// Pure.
/**
 * Takes away what comments silence, and finds comments that are wrong themselves.
 *
 * @module
 */

import type { JudgedProblem } from "./judge_script.ts";
import type { LintedScript } from "./model/linted_script.ts";
import { type Suppression, suppressionsIn } from "./model/suppression.ts";
import { ignoreWithoutReason } from "./rules/migrations/ignore_without_reason.ts";
import { unusedIgnore } from "./rules/migrations/unused_ignore.ts";

/**
 * The problems that no comment silences, and those of the comments. A comment without a reason silences as
 * well as one with a reason, so that one mistake gives one finding.
 */
export function applySuppressions(
  problems: readonly JudgedProblem[],
  script: LintedScript,
): readonly JudgedProblem[] {
  const own = script.statements.filter(({ within }) => within === undefined);
  const suppressions = suppressionsIn(script.text, own);
  if (suppressions.length === 0) return problems;
  const used = new Set<string>();
  const rest = problems.filter(({ rule: { code }, start, statement }) => {
    const outer = statement?.within?.start ?? statement?.start ?? start;
    const silencing = suppressions.filter(({ codes, from, to }) =>
      codes.includes(code) && outer >= from && outer < to
    );
    for (const one of silencing) used.add(keyOf(one, code));
    return silencing.length === 0;
  });
  const wrong = suppressions.flatMap((one): readonly JudgedProblem[] => {
    const at = { start: one.start, statement: undefined, end: one.end };
    const unused = one.codes.filter((code) => !used.has(keyOf(one, code)));
    return [
      ...(one.codes.length === 0
        ? [{ ...at, rule: unusedIgnore, message: "It names no rule: lintIgnore: CODE: reason." }]
        : unused.map((code) => ({
          ...at,
          rule: unusedIgnore,
          message: `It silences nothing: there is no finding of ${code} here.`,
        }))),
      ...(one.reason === "" && one.codes.length > 0
        ? [{
          ...at,
          rule: ignoreWithoutReason,
          message: `Say why: lintIgnore: ${one.codes.join(", ")}: reason.`,
        }]
        : []),
    ];
  });
  return [...rest, ...wrong].toSorted((a, b) => a.start - b.start);
}

function keyOf({ start }: Suppression, code: string): string {
  return `${start} ${code}`;
}
