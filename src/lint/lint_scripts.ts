// Pure.
/**
 * Lints the scripts of one database by rule.
 *
 * @module
 */

import { applySuppressions } from "./apply_suppressions.ts";
import { type Finding, placeOfRange } from "./finding.ts";
import { type JudgedProblem, judgeScript } from "./judge_script.ts";
import { KnownSchema } from "./model/known_schema.ts";
import type { LintedScript } from "./model/linted_script.ts";
import { RULES } from "./rules.ts";
import { type RuleSettings, severityOf } from "./settings.ts";

/** A script, and whether its findings are wanted. */
export interface ScriptToLint {
  readonly script: LintedScript;
  /** The others are only taken into the schema. */
  readonly isLinted: boolean;
}

/** How to lint. */
export interface LintOptions {
  /** The oldest major release of PostgreSQL that the project supports. */
  readonly oldest: number;
  readonly settings: RuleSettings;
  /**
   * Whether all that is linted reaches a server together: a table that one of these scripts creates is new to
   * all of them. Default: only to the script that creates it.
   */
  readonly isOneRelease?: boolean;
  /** Takes away problems, and adds others, by what was measured. Default: leaves them as they are. */
  readonly refine?: (
    problems: readonly JudgedProblem[],
    script: LintedScript,
  ) => readonly JudgedProblem[];
}

/**
 * Lints scripts, parents before children.
 *
 * @returns The findings of each, in the order of its text.
 */
export function lintScripts(
  scripts: readonly ScriptToLint[],
  { oldest, settings, isOneRelease = false, refine = (problems) => problems }: LintOptions,
): readonly (readonly Finding[])[] {
  const rules = RULES.filter((rule) => severityOf(rule, settings) !== "off");
  const final = new KnownSchema();
  for (const { script } of scripts) {
    for (const { node } of script.statements) final.apply(node, { release: 0, script: 0 });
  }
  const schema = new KnownSchema();
  return scripts.map(({ script, isLinted }, index) => {
    const release = isOneRelease && isLinted ? scripts.length : index;
    const problems = judgeScript(script, {
      schema,
      final,
      standing: { release, script: index },
      oldest,
      rules: isLinted ? rules : [],
    });
    if (!isLinted) return [];
    return applySuppressions(refine(problems, script), script)
      .flatMap((problem) => findingOf(problem, { script, settings }));
  });
}

function findingOf(
  { rule, message, statement, start, end, measured }: JudgedProblem,
  { script: { path, text }, settings }: {
    readonly script: LintedScript;
    readonly settings: RuleSettings;
  },
): readonly Finding[] {
  const severity = severityOf(rule, settings);
  if (severity === "off") return [];
  const { code, family, title, why, recipe } = rule;
  return [{
    code,
    family,
    severity,
    title,
    message,
    why,
    recipe,
    ...(measured === undefined ? {} : { measured }),
    file: path,
    ...placeOfRange(text, { start, end: Math.max(end ?? statement?.end ?? start, start) }),
  }];
}
