/**
 * Small migrations with labels, and what lint says of them.
 *
 * @module
 */

import * as fs from "node:fs";
import type { Session } from "../../../src/connection/session/session.ts";
import type { Definition } from "../../../src/definition/migration/definition.ts";
import type { Finding } from "../../../src/lint/finding.ts";
import { lintMigrations, readLintedScripts } from "../../../src/lint/lint_migrations.ts";
import {
  type MeasuredScript,
  observeStatements,
} from "../../../src/lint/measure/measure_script.ts";
import { definitionOf } from "../../support/lint.ts";
import { SETUP } from "../measured_statements.ts";

/** What is wrong with a migration; `safe`: nothing that a reviewer must know of. */
export type Label = "safe" | "blocks" | "breaks" | "loses" | "fails" | "design" | "rights";

/** One migration on top of `setup.sql`. */
export interface LabelledMigration {
  readonly label: Label;
  /** Where PostgreSQL's documentation says so, or why. */
  readonly because: string;
  readonly sql: string;
}

/** The corpus: `# LABEL: because` above each migration. */
export const CORPUS: readonly LabelledMigration[] = fs.readFileSync(
  new URL("labelled.txt", import.meta.url),
  "utf8",
).split(/^# /m).filter(Boolean).map((text) => {
  const [head = "", ...sql] = text.trimEnd().split("\n");
  const [, label = "", because = ""] = /^(\w+): (.*)$/.exec(head) ?? [];
  return { label: label as Label, because, sql: sql.join("\n") };
});

/** The findings that count: warnings and errors. */
export async function findingsIn(
  { sql }: LabelledMigration,
  session?: Session,
): Promise<readonly Finding[]> {
  const before = await definitionOf(SETUP, "before.sql");
  const migration = await definitionOf(sql, "migration.sql");
  const definitions = [before, migration];
  const [linted] = lintMigrations({
    definitions,
    scripts: await readLintedScripts(definitions),
    measured: session && new Map([[migration, await measured(migration, session)]]),
    isLinted: (definition) => definition === migration,
    leaves: [],
    oldest: 13,
    settings: new Map(),
  });
  return linted!.findings.filter(({ severity }) => severity !== "info");
}

/** Measures it in a database of `setup.sql`, and takes it back. */
async function measured({ up }: Definition, session: Session): Promise<MeasuredScript> {
  const none = { observations: new Map(), refused: undefined, unseeded: [] };
  if (up.transaction === "none") return none;
  const run = { text: await up.read(), old: undefined, seeded: [] };
  const { observations } = await observeStatements(session, up.statements, run);
  return { ...none, observations };
}

/** Whether findings are about what is wrong: design is nothing to a label of another kind. */
export function isDetected(label: Label, findings: readonly Finding[]): boolean {
  return findings.some(({ family }) => (family === "design") === (label === "design"));
}
