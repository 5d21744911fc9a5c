/**
 * What `check` runs. Each check prints its findings as its own command does.
 *
 * @module
 */

import * as path from "node:path";
import { readText } from "../../../runtime/files.ts";
import { releasesOf } from "../../../workspace/releases.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { compareDatabases } from "../compat.ts";
import { DOCS_FOLDER, documentDatabase } from "../docs.ts";
import { lintMigrations, LintReport } from "../lint.ts";
import { checkReleases } from "../release/check.ts";
import { validateMigrations } from "../validate.ts";
import { verifyDatabases } from "../verify.ts";

/** What the checks are told. */
export interface CheckSettings {
  /** A version or a revision of git. */
  readonly since?: string;
  readonly shadowUrl?: string;
}

/** How a check ended: what it found, or why there was nothing to check. */
export type Outcome = { readonly findings: number } | { readonly notChecked: string };

/** @throws {Failure | Failures} What kept it from checking. */
type Check = (invocation: Invocation, settings: CheckSettings) => Promise<Outcome>;

/** The names are those of the commands. */
export type CheckName = "validate" | "lint" | "verify" | "docs" | "release" | "compat";

/** In the order in which they run: the quick ones first. */
export const CHECKS: Readonly<Record<CheckName, Check>> = {
  async validate(invocation) {
    await validateMigrations(invocation);
    return { findings: 0 };
  },
  async lint(invocation, settings) {
    const report = new LintReport(invocation, { failOn: "error" });
    await lintMigrations(invocation, report, { ...settings, measure: true });
    return { findings: (await report.finish()).failing };
  },
  async verify(invocation, settings) {
    return { findings: (await verifyDatabases(invocation, { ...settings, seed: 1 })).findings };
  },
  docs: checkDocuments,
  async release(invocation) {
    if ((await releasesOf(invocation)).length === 0) return { notChecked: "there are no releases" };
    return { findings: (await checkReleases(invocation, undefined, {})).findings };
  },
  async compat(invocation, { since, ...settings }) {
    const from = since ?? (await releasesOf(invocation)).at(-1)?.release;
    if (from === undefined) {
      return { notChecked: "there are no releases, and --since is not given" };
    }
    return { findings: (await compareDatabases(invocation, { ...settings, from })).breaking };
  },
};

/** Compares the documentation of those databases that have one. */
async function checkDocuments(
  invocation: Invocation,
  { shadowUrl }: CheckSettings,
): Promise<Outcome> {
  const output = DOCS_FOLDER;
  let documented = 0;
  let findings = 0;
  for (const name of await invocation.databases()) {
    const has = async (file: string) => await readText(path.join(output, name, file)) !== undefined;
    const html = await has("schema.html");
    if (!html && !(await has("schema.json")) && !(await has("schema.md"))) continue;
    documented++;
    const request = { output, check: true, html, ...(shadowUrl ? { shadowUrl } : {}) };
    findings += (await documentDatabase(invocation, name, request)).length;
  }
  if (documented === 0) return { notChecked: `no documentation in ${output}/` };
  return { findings };
}
