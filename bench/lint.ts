/**
 * `deno task bench:lint`: lint beside squawk over the labelled corpus, and the speed of its rules.
 *
 * Needs squawk: `npm install squawk-cli` anywhere, and its path in MIGRATOR_SQUAWK.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { lintScripts } from "../src/lint/lint_scripts.ts";
import { CORPUS, findingsIn, isDetected, type Label } from "../tests/lint/corpus/corpus.ts";
import { SETUP } from "../tests/lint/measured_statements.ts";
import { emptyDatabase } from "../tests/database/schema/databases.ts";
import { scriptOf } from "../tests/support/lint.ts";

/** Squawk's rules about taste, and about design; the others are about what the labels mean. */
const STYLE = ["prefer-robust-stmts", "require-lock-timeout", "require-statement-timeout"];
const DESIGN = [
  "ban-char-field",
  "ban-create-domain-with-constraint",
  "prefer-bigint-over-int",
  "prefer-bigint-over-smallint",
  "prefer-identity",
  "prefer-text-field",
  "prefer-timestamp-tz",
  "require-enum-value-ordering",
];

interface Score {
  dangerous: number;
  detected: number;
  safe: number;
  blamed: number;
}

const newScore = (): Score => ({ dangerous: 0, detected: 0, safe: 0, blamed: 0 });

function count(score: Score, label: Label, { isFound, isBlamed }: {
  readonly isFound: boolean;
  readonly isBlamed: boolean;
}): void {
  if (label === "safe") {
    score.safe++;
    if (isBlamed) score.blamed++;
  } else {
    score.dangerous++;
    if (isFound) score.detected++;
  }
}

function squawkRules(binary: string, sql: string): readonly string[] {
  const file = path.join(folder, "migration.sql");
  fs.writeFileSync(file, sql);
  const { stdout } = spawnSync(binary, ["--pg-version", "13.0", "--reporter", "json", file], {
    encoding: "utf8",
  });
  const problems = JSON.parse(stdout || "[]") as readonly { readonly rule_name: string }[];
  return problems.map(({ rule_name }) => rule_name).filter((name) => !STYLE.includes(name));
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-bench-lint-"));
const { session, close } = await emptyDatabase("embedded");
await session.query(SETUP);
await session.query("CREATE ROLE app");
const scores = { rules: newScore(), measured: newScore(), squawk: newScore() };
const squawk = process.env["MIGRATOR_SQUAWK"];
for (const migration of CORPUS) {
  const { label, sql } = migration;
  for (const name of ["rules", "measured"] as const) {
    const findings = await findingsIn(migration, name === "measured" ? session : undefined);
    count(scores[name], label, {
      isFound: isDetected(label, findings),
      isBlamed: findings.length > 0,
    });
  }
  if (squawk === undefined) continue;
  const rules = squawkRules(squawk, sql);
  count(scores.squawk, label, {
    isFound: rules.some((name) => DESIGN.includes(name) === (label === "design")),
    // What it says of design is not held against it.
    isBlamed: rules.some((name) => !DESIGN.includes(name)),
  });
}
await close();
fs.rmSync(folder, { recursive: true });
console.log("                 found of dangerous   blamed of safe");
for (const [name, { dangerous, detected, safe, blamed }] of Object.entries(scores)) {
  if (dangerous === 0) continue;
  const percent = (a: number, b: number) => `${a}/${b} (${(100 * a / b).toFixed(1)} %)`;
  console.log(
    `${name.padEnd(16)} ${percent(detected, dangerous).padEnd(20)} ${percent(blamed, safe)}`,
  );
}

// Scripts are read and judged one by one, as an editor or a hook would.
const TIMES = 10;
const start = process.cpuUsage();
for (let time = 0; time < TIMES; time++) {
  for (const { sql } of CORPUS) {
    const script = await scriptOf(sql, "migration.sql");
    lintScripts([{ script, isLinted: true }], { oldest: 13, settings: new Map() });
  }
}
const { user, system } = process.cpuUsage(start);
const files = TIMES * CORPUS.length;
console.log(
  `rules: ${Math.round(files / ((user + system) / 1e6))} files for each second of CPU time`,
);
process.exit(0);
