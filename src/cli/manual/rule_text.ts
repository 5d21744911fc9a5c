// Pure.
/**
 * Pages of lint rules as text for people, and as fields for programs.
 *
 * @module
 */

import { FAMILIES, type Rule } from "../../lint/model/rule.ts";
import { RULES } from "../../lint/rules.ts";
import type { Style } from "../../report/style.ts";
import { wrap } from "../output/wrap.ts";

/** How a request for help names the rules: `lint/` is all, `lint/drop-column` is one. */
const PREFIX = "lint/";

/** The rules that a word selects: all for `lint/`, one for its code. */
export function rulesMeant(word: string): readonly Rule[] {
  const given = word.toLowerCase();
  if (given === PREFIX) return RULES;
  const code = given.startsWith(PREFIX) ? given.slice(PREFIX.length) : given;
  return RULES.filter((rule) => rule.code === code);
}

/** The page of a rule. */
export function rulePageText(rule: Rule, style: Style): string {
  const { code, title, family, severity, why, recipe, bad, good } = rule;
  return [
    ...wrap(`${style.bold(code)}: `, title),
    "",
    ...wrap("  ", why),
    "",
    style.bold("Instead:"),
    ...indented(recipe),
    "",
    style.bold("A finding:"),
    ...indented(bad),
    "",
    style.bold("None:"),
    ...indented(good),
    "",
    ...wrap("", `Severity: ${severity}. Family: ${family} (${FAMILIES[family]}).`),
    ...wrap("", `To silence it: -- migrator: lintIgnore: ${code}: REASON`),
  ].join("\n");
}

/** A line for each rule, grouped by family. */
export function ruleList(rules: readonly Rule[]): string {
  const lines = Object.entries(FAMILIES).flatMap(([family, words], index) => {
    const own = rules.filter((rule) => rule.family === family);
    if (own.length === 0) return [];
    return [
      ...(index === 0 ? [] : [""]),
      `${words} (${family}):`,
      ...own.flatMap(({ code, title, severity }) =>
        wrap(`  ${code.padEnd(CODE_COLUMNS)}  `, `${title} (${severity})`)
      ),
    ];
  });
  return [...lines, "", "One of them: migrator help CODE"].join("\n");
}

const CODE_COLUMNS = 28;

/** The page as fields of `--json`. */
export function ruleFields(rule: Rule): Readonly<Record<string, unknown>> {
  const { code, family, severity, title, why, recipe, bad, good } = rule;
  return { code, family, severity, title, why, recipe, bad, good };
}

function indented(sql: string): readonly string[] {
  return sql.split("\n").map((line) => line === "" ? "" : `  ${line}`);
}
