// Pure.
/**
 * Holds the rules against one script.
 *
 * @module
 */

import type { KnownSchema, Standing } from "./model/known_schema.ts";
import type { LintedScript, LintedStatement } from "./model/linted_script.ts";
import type { Problem, Rule } from "./model/rule.ts";
import { Scope } from "./model/scope.ts";

/** A problem, and the rule that found it. */
export interface JudgedProblem {
  readonly rule: Rule;
  readonly message: string;
  /** The statement; undefined for an empty script. */
  readonly statement: LintedStatement | undefined;
  /** Offset in the script's text. */
  readonly start: number;
  /** Just behind it. Default: the end of the statement. */
  readonly end?: number;
  /** What was observed of the statement, in words. */
  readonly measured?: readonly string[];
}

/**
 * Judges a script and takes its statements into the schema.
 *
 * @param options.rules None for a script that is only taken into the schema.
 * @returns Problems in the order of the text.
 */
export function judgeScript(
  script: LintedScript,
  { rules, ...surroundings }: {
    readonly schema: KnownSchema;
    readonly final: KnownSchema;
    readonly standing: Standing;
    readonly oldest: number;
    readonly rules: readonly Rule[];
  },
): readonly JudgedProblem[] {
  const scope = new Scope({ script, ...surroundings });
  const found: JudgedProblem[] = [];
  const add = (rule: Rule, { message, location, statement }: Problem) =>
    found.push({
      rule,
      message,
      statement,
      start: location === undefined || statement === undefined
        ? statement?.start ?? 0
        : statement.offsetOf(location),
    });
  for (const statement of script.statements) {
    for (const rule of rules) {
      for (const problem of rule.statement?.(statement, scope) ?? []) {
        add(rule, { statement, ...problem });
      }
    }
    scope.schema.apply(statement.node, scope.standing);
  }
  const [first] = script.statements;
  for (const rule of rules) {
    for (const problem of rule.script?.(scope) ?? []) {
      add(rule, { ...(first ? { statement: first } : {}), ...problem });
    }
  }
  return found.toSorted((a, b) => a.start - b.start);
}
