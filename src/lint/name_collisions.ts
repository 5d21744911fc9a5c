// Pure.
/**
 * Tables that two databases of one product create under the same name.
 *
 * @module
 */

import { type Finding, placeOfRange } from "./finding.ts";
import { KnownSchema } from "./model/known_schema.ts";
import type { LintedScript } from "./model/linted_script.ts";
import { relationKey, relationLabel } from "./model/relation_name.ts";
import { nameInTwoDatabases } from "./rules/migrations/name_in_two_databases.ts";
import { type RuleSettings, severityOf } from "./settings.ts";

/** The scripts of one database, in order, with their versions. */
export interface DatabaseScripts {
  readonly database: string;
  readonly scripts: readonly LintedScript[];
}

/** A finding, and the script that it is about. */
export interface NameCollision {
  readonly database: string;
  readonly script: LintedScript;
  readonly finding: Finding;
}

/** The tables of each database that an earlier one in the list has, too. */
export function nameCollisions(
  databases: readonly DatabaseScripts[],
  settings: RuleSettings,
): readonly NameCollision[] {
  const severity = severityOf(nameInTwoDatabases, settings);
  if (severity === "off" || databases.length < 2) return [];
  const first = new Map<string, string>();
  return databases.flatMap(({ database, scripts }) => {
    const schema = new KnownSchema();
    for (const [script, { statements }] of scripts.entries()) {
      for (const { node } of statements) schema.apply(node, { release: 0, script });
    }
    return [...schema.tables].flatMap(({ name, kind, script: index }): readonly NameCollision[] => {
      const other = first.get(relationKey(name));
      if (kind === "temporary") return [];
      if (other === undefined) {
        first.set(relationKey(name), database);
        return [];
      }
      const script = scripts[index]!;
      return [{
        database,
        script,
        finding: {
          ...nameInTwoDatabases,
          severity,
          message: `${relationLabel(name)} is a name of ${other}, too.`,
          file: script.path,
          ...placeOfRange(script.text, { start: 0, end: 0 }),
        },
      }];
    });
  });
}
