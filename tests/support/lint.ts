/**
 * Lints texts by rule.
 *
 * @module
 */

import { compileScript } from "../../src/definition/migration/script.ts";
import type { Definition } from "../../src/definition/migration/definition.ts";
import { readHeader } from "../../src/definition/migration/header.ts";
import type { Failure } from "../../src/failure.ts";
import type { Finding } from "../../src/lint/finding.ts";
import { type LintOptions, lintScripts } from "../../src/lint/lint_scripts.ts";
import type { LintedScript } from "../../src/lint/model/linted_script.ts";
import { readLintedScript } from "../../src/lint/read_linted_script.ts";

/** What rules of the whole project are about; they have tests of their own. */
export const PROJECT_RULES: readonly string[] = [
  "multiple-heads",
  "name-in-two-databases",
  "edited-after-release",
];

/** What only a measurement finds. */
export const MEASURED_RULES: readonly string[] = [
  "measured-rewrite",
  "measured-scan",
  "measured-index-build",
  "measured-lock",
  "measured-change",
  "measured-drop",
  "refused-with-rows",
];

/** The findings in a script; migrations before it are separated from it by lines `-- migration`. */
export async function lintText(
  text: string,
  options: Partial<LintOptions> = {},
): Promise<readonly Finding[]> {
  const texts = text.split(/^-- migration\n/m).filter((one) => one !== "");
  const scripts: LintedScript[] = [];
  for (const [index, one] of texts.entries()) scripts.push(await scriptOf(one, `${index + 1}.sql`));
  const found = lintScripts(
    scripts.map((script, i) => ({ script, isLinted: i === scripts.length - 1 })),
    { oldest: 13, settings: new Map(), ...options },
  );
  return found.at(-1) ?? [];
}

/** A script as rules see it. A first line `-- no down script` takes its way back away. */
export async function scriptOf(text: string, path: string): Promise<LintedScript> {
  return await readLintedScript(await definitionOf(text, path));
}

/** The same as a migration of version 1. */
export async function definitionOf(text: string, path: string): Promise<Definition> {
  const defects: Failure[] = [];
  const header = readHeader(text, {
    path,
    report: (defect) => {
      throw defect;
    },
  });
  const { script } = await compileScript(new TextEncoder().encode(text), {
    path,
    transactionNone: header.transactionNone,
    transactionOptional: true,
    report: (defect) => defects.push(defect),
  });
  const { privileged, nonIdempotent, irreversible, lockTimeout, references } = header;
  return {
    version: 1n,
    name: path,
    parents: [],
    up: script,
    down: text.startsWith("-- no down script") ? undefined : script,
    metadata: {
      privileged,
      nonIdempotent,
      ...(irreversible ? { irreversible: irreversible.reason } : {}),
      ...(lockTimeout === undefined ? {} : { lockTimeout }),
      ...references,
    },
    ...(defects.length === 0 ? {} : { defects: { up: defects } }),
  };
}
