/**
 * `lint`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { EXIT } from "../../failure.ts";
import { formatCount } from "../../format/count.ts";
import { SEVERITIES, type Severity } from "../../lint/model/rule.ts";
import { isAtLeast } from "../../lint/settings.ts";
import {
  type ExaminedCase,
  REPORT_FORMAT_NAMES,
  type ReportFormat,
} from "../../report/annotation.ts";
import { VERSION } from "../../version.ts";
import type { LintedUnit } from "../apply/linted_unit.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseCountOption,
  parseVersionsOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";
import { lintAnnotation, lintLines, lintRecord } from "../output/lint_lines.ts";

interface LintCommandOptions extends GlobalOptions {
  readonly since?: string;
  readonly latest?: number;
  readonly stdinFilepath?: string;
  readonly measure: boolean;
  readonly shadowUrl?: string;
  readonly failOn: Severity;
  readonly format?: ReportFormat;
}

/** Judges migrations before they are shipped. */
export function lintCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("lint").helpGroup(GROUPS.author)
    .summary("find what would block, break or lose something")
    .description(
      "Judges the up scripts of migrations: locks, rewrites and scans of tables in use, what breaks a " +
        "running release, lost rows, types that turn out badly, missing rights. Runs each statement in " +
        "a shadow database (embedded PostgreSQL, in memory) with rows in it, and sees what it locks, " +
        "rewrites, scans and indexes. Holds rules against its text, by PostgreSQL's own parser. Knows " +
        "what earlier migrations created. Needs no server. Exits with 1 if a finding is at least as " +
        "serious as --fail-on.",
    )
    .argument("[version...]", "only these migrations", parseVersionsOption)
    .option(
      "--since <version>",
      "only migrations after this version; or those that git does not have at this branch, tag or commit",
    )
    .option("--latest <n>", "only the last N migrations of each database", parseCountOption)
    .option(
      "--stdin-filepath <file>",
      "lint standard input as if it were this file, for editors",
    )
    .option("--no-measure", "judge by rule alone, and run nothing")
    .option(
      "--shadow-url <url>",
      "use a database on this server as the shadow; it is created and dropped",
    )
    .addOption(
      new Option("--fail-on <severity>", "exit with 1 from this severity on")
        .choices([...SEVERITIES]).default("error" satisfies Severity, ""),
    )
    .addOption(
      new Option("--format <form>", "print findings for another program")
        .choices([...REPORT_FORMAT_NAMES]).conflicts("json"),
    );
  withExamples(
    withMigrations(command),
    "migrator lint",
    "migrator lint --since origin/main --format github",
    "migrator lint --since 1650000100 --fail-on warning",
  )
    .action(
      async (versions: readonly bigint[] | undefined, options: LintCommandOptions) => {
        const invocation = begin(options);
        const report = new LintReport(invocation, options);
        if (options.stdinFilepath !== undefined) {
          const { lintInput } = await import("../apply/lint_input.ts");
          report.add(await lintInput(invocation, options.stdinFilepath));
        } else {
          await lintMigrations(invocation, report, { ...options, versions });
        }
        const { failing, ...counts } = await report.finish();
        if (failing > 0) invocation.exitWith(EXIT.finding);
        invocation.output.finished(counts);
      },
    );
}

/** Lints the migrations of the chosen databases, and reports each. @throws {Failure} `definition/*`. */
export async function lintMigrations(
  invocation: Invocation,
  report: LintReport,
  { versions, since, latest, measure, shadowUrl }:
    & Pick<LintCommandOptions, "since" | "latest" | "measure" | "shadowUrl">
    & { readonly versions?: readonly bigint[] | undefined },
): Promise<void> {
  const { lintDatabases } = await import("../apply/lint_databases.ts");
  const selection = { since, latest, versions: new Set(versions ?? []) };
  const shadow = { measure, shadowUrl };
  for await (const one of lintDatabases(invocation, { selection, shadow })) report.add(one);
}

/** What was linted and found. */
interface LintTotal extends Readonly<Record<Severity, number>> {
  readonly migrations: number;
  /** Findings that are at least as serious as `--fail-on`. */
  readonly failing: number;
}

/** Prints findings as they come, or all at the end where another program wants them. */
export class LintReport {
  readonly #invocation: Invocation;
  readonly #options: Pick<LintCommandOptions, "failOn" | "format">;
  readonly #counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  readonly #cases: ExaminedCase[] = [];
  readonly #explained = new Set<string>();

  constructor(
    invocation: Invocation,
    options: Pick<LintCommandOptions, "failOn" | "format">,
  ) {
    this.#invocation = invocation;
    this.#options = options;
  }

  add({ database, version, name, file, findings }: LintedUnit): void {
    const { output } = this.#invocation;
    this.#cases.push({
      group: database ?? "standard input",
      name: `${version ?? ""} ${name}`.trim(),
      file,
      annotations: findings.map(lintAnnotation),
    });
    for (const finding of findings) {
      this.#counts[finding.severity]++;
      output.record(lintRecord(finding, { database, version }));
      if (this.#options.format !== undefined) continue;
      const isFirst = !this.#explained.has(finding.code);
      this.#explained.add(finding.code);
      output.print(...lintLines(finding, { style: output.style, isFirst }));
    }
  }

  /** Prints the sum, or the report that another program wants. */
  async finish(): Promise<LintTotal> {
    const { output } = this.#invocation;
    const { failOn, format } = this.#options;
    const migrations = this.#cases.length;
    if (format === undefined) {
      const { error, warning, info } = this.#counts;
      output.print(
        `linted ${formatCount(migrations, "migration")}: ${formatCount(error, "error")}, ` +
          `${formatCount(warning, "warning")}, ${info} info`,
      );
    } else {
      const { REPORT_FORMATS } = await import("../../report/report_formats.ts");
      const examiner = { name: "migrator lint", version: VERSION };
      const text = REPORT_FORMATS[format](this.#cases, examiner);
      if (text !== "") output.document(text);
    }
    const failing = SEVERITIES.filter((one) => isAtLeast(one, failOn))
      .reduce((sum, one) => sum + this.#counts[one], 0);
    return { migrations, ...this.#counts, failing };
  }
}
