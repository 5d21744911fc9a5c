// Pure.
/**
 * What a project's settings say to `lint`.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { Failure } from "../failure.ts";
import { FAMILIES } from "../lint/model/rule.ts";
import { RULES } from "../lint/rules.ts";
import { RULE_SETTINGS, type RuleSettings } from "../lint/settings.ts";
import { suggest } from "../suggest.ts";

/** The oldest release that is supported where the project does not say. */
export const OLDEST_SERVER = 13;

/**
 * How serious rules are for a database.
 *
 * @throws {Failure} `settings/unknown-rule`, `settings/wrong-type`.
 */
export function lintSettings(config: Config, database: string): RuleSettings {
  const names = [...RULES.map(({ code }) => code), ...Object.keys(FAMILIES)];
  const origin = config.originOf("lint", database) ?? "lint";
  return new Map((config.value("lint", database) ?? []).map(([name, word]) => {
    if (!names.includes(name)) {
      const meant = suggest(name, names);
      throw new Failure(
        "settings/unknown-rule",
        `${origin} names a rule ${name}, which lint lacks.`,
        {
          hint: meant === undefined
            ? "See all rules: migrator help lint/"
            : `Did you mean \`${meant}\`?`,
        },
      );
    }
    const setting = RULE_SETTINGS.find((one) => one === word);
    if (setting === undefined) {
      throw new Failure("settings/wrong-type", `${origin} gives ${name} the value ${word}.`, {
        hint: `Write one of: ${RULE_SETTINGS.join(", ")}.`,
      });
    }
    return [name, setting] as const;
  }));
}
