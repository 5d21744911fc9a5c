// Pure.
/**
 * How serious a project takes each rule.
 *
 * @module
 */

import { type Rule, SEVERITIES, type Severity } from "./model/rule.ts";

/** What a project may say of a rule. */
export const RULE_SETTINGS = [...SEVERITIES, "off"] as const;

/** One of them. */
export type RuleSetting = typeof RULE_SETTINGS[number];

/** What a project says, by code of rule or by family. */
export type RuleSettings = ReadonlyMap<string, RuleSetting>;

/** What a rule's findings are for a project: it may speak of the rule, or of its family. */
export function severityOf(
  { code, family, severity }: Pick<Rule, "code" | "family" | "severity">,
  settings: RuleSettings,
): RuleSetting {
  const ofFamily = settings.get(family);
  // A family cannot turn on what is off by itself: these rules are matters of taste.
  const general = severity === "off" ? severity : ofFamily ?? severity;
  return settings.get(code) ?? general;
}

/** Whether a severity is at least another one. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
