/**
 * The pages of `lint`'s rules, one for each family.
 *
 * @module
 */

import { FAMILIES, type Rule, type RuleFamily } from "../../src/lint/model/rule.ts";
import { RULES } from "../../src/lint/rules.ts";
import { anchor, blocks, code, inline, link, type Page, page, shell, table } from "./markdown.ts";

const FAMILY_NAMES = Object.keys(FAMILIES) as readonly RuleFamily[];

/** The list of all rules first. */
export function ruleDocuments(): readonly Page[] {
  return [
    page(
      {
        file: "rules.md",
        title: "Rules of lint",
        about: "every rule of `lint`: why, and the safe way",
      },
      "Codes are stable. `migrator.yaml` says how serious a rule, or a family of rules, is: " +
        "`lint: {drop-column: warning, design: off}`. The program shows the same pages, without a network:",
      shell(["migrator help drop-column", "migrator help lint/"]),
      ...FAMILY_NAMES.map((family) =>
        blocks(
          `## ${link(FAMILIES[family], fileOf(family))}`,
          table(
            ["rule", "severity", "finds"],
            rulesOf(family).map((rule) => [
              link(code(rule.code), `${fileOf(family)}${anchor(rule.code)}`),
              rule.severity,
              inline(rule.title),
            ]),
          ),
        )
      ),
    ),
    ...FAMILY_NAMES.map(familyPage),
  ];
}

function familyPage(family: RuleFamily): Page {
  return page(
    {
      file: fileOf(family),
      title: FAMILIES[family],
      about: `the rules of the family ${family}`,
    },
    `All rules are listed in ${link("rules.md", "../rules.md")}.`,
    ...rulesOf(family).map(ruleText),
  );
}

function ruleText({ code: name, title, severity, why, recipe, bad, good }: Rule): string {
  return blocks(
    `## ${name}`,
    `**${inline(title)}** (${severity}). ${inline(why)}`,
    "Instead:",
    indented(recipe),
    "A finding:",
    indented(bad),
    "None:",
    indented(good),
  );
}

function indented(sql: string): string {
  return shell(sql.split("\n")).replaceAll(/^ +$/gm, "");
}

function rulesOf(family: RuleFamily): readonly Rule[] {
  return RULES.filter((rule) => rule.family === family);
}

function fileOf(family: RuleFamily): string {
  return `rules/${family}.md`;
}
