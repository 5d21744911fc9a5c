/**
 * Lints the migrations of one database.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { ERROR_PAGES } from "../error_pages/error_pages.ts";
import type { Failure } from "../failure.ts";
import { type Finding, placeOfRange } from "./finding.ts";
import { type LintOptions, lintScripts } from "./lint_scripts.ts";
import type { LintedScript } from "./model/linted_script.ts";
import type { Rule } from "./model/rule.ts";
import { readLintedScript } from "./read_linted_script.ts";
import type { MeasuredScript } from "./measure/measure_script.ts";
import { refineProblems } from "./refine_problems.ts";
import { editedAfterRelease } from "./rules/migrations/edited_after_release.ts";
import { multipleHeads } from "./rules/migrations/multiple_heads.ts";
import { severityOf } from "./settings.ts";

/** What to lint. */
export interface MigrationsToLint extends Omit<LintOptions, "refine"> {
  /** Parents before children. */
  readonly definitions: readonly Definition[];
  /** Whether findings of this one are wanted. */
  readonly isLinted: (definition: Definition) => boolean;
  /** Whether its up script is another one than at an earlier revision. Default: of none. */
  readonly isEdited?: (definition: Definition) => boolean;
  /** The versions without children. */
  readonly leaves: readonly bigint[];
}

/** What was found in one migration. */
export interface LintedMigration {
  readonly definition: Definition;
  /** In the order of its text. */
  readonly findings: readonly Finding[];
}

/** Reads the up scripts of migrations, in their order. */
export async function readLintedScripts(
  definitions: readonly Definition[],
): Promise<readonly LintedScript[]> {
  return await Promise.all(definitions.map(readLintedScript));
}

/**
 * Lints them. What keeps an up script from running at all is a finding, too: its code is that of the error.
 *
 * @param options.scripts Those of the definitions.
 * @param options.measured What was measured; migrations without are linted by rule alone.
 */
export function lintMigrations(
  { definitions, isLinted, isEdited = () => false, leaves, scripts, measured, ...options }:
    & MigrationsToLint
    & {
      readonly scripts: readonly LintedScript[];
      readonly measured?: ReadonlyMap<Definition, MeasuredScript> | undefined;
    },
): readonly LintedMigration[] {
  const byScript = new Map(definitions.map((definition, i) => [scripts[i]!, definition]));
  const refine: LintOptions["refine"] = (problems, script) => {
    const seen = measured?.get(byScript.get(script)!);
    return seen === undefined ? problems : refineProblems(problems, script, seen);
  };
  const found = lintScripts(
    definitions.map((definition, i) => ({ script: scripts[i]!, isLinted: isLinted(definition) })),
    { ...options, refine },
  );
  return definitions.flatMap((definition, i) => {
    if (!isLinted(definition)) return [];
    const script = scripts[i]!;
    const whole = (rule: Rule, message: string): readonly Finding[] => {
      const severity = severityOf(rule, options.settings);
      return severity === "off" ? [] : [{
        ...rule,
        severity,
        message,
        file: script.path,
        ...placeOfRange(script.text, { start: 0, end: 0 }),
      }];
    };
    const isHead = leaves.length > 1 && leaves.at(-1) === definition.version;
    return [{
      definition,
      findings: [
        ...(isEdited(definition)
          ? whole(editedAfterRelease, "It was there before, and what it does has been changed.")
          : []),
        ...(isHead ? whole(multipleHeads, `No migration follows ${leaves.join(", ")}.`) : []),
        ...(definition.defects?.up ?? []).map((defect) => defectFinding(defect, script)),
        ...found[i]!,
      ],
    }];
  });
}

function defectFinding({ code, message, hint, place }: Failure, script: LintedScript): Finding {
  const { title, cause } = ERROR_PAGES[code];
  const { line = 1, column = 1 } = place ?? {};
  return {
    code,
    family: "migrations",
    severity: "error",
    title,
    message,
    why: cause,
    recipe: hint === undefined ? "" : `-- ${hint}`,
    file: place?.file ?? script.path,
    line,
    column,
    endLine: line,
    endColumn: column,
    source: script.text.split("\n")[line - 1]?.replace(/\r$/, "") ?? "",
  };
}
