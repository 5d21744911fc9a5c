/**
 * `check`
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { EXIT, type Failure, failuresIn, throwCollected } from "../../failure.ts";
import { formatCount } from "../../format/count.ts";
import { formatElapsed } from "../../format/elapsed_time.ts";
import type { Style } from "../../report/style.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  shadowOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";
import { WorkProgressLine } from "../output/work_progress.ts";
import { type CheckName, CHECKS, type CheckSettings, type Outcome } from "./check/checks.ts";

const NAMES = Object.keys(CHECKS) as readonly CheckName[];

interface CheckOptions extends GlobalOptions, CheckSettings {
  readonly only?: readonly CheckName[];
  readonly skip?: readonly CheckName[];
}

/** What became of one check. */
interface Row {
  readonly name: CheckName;
  readonly verdict: Outcome | { readonly failures: readonly Failure[] };
  readonly milliseconds: number;
}

/** Runs every check of a project's CI. */
export function checkCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("check").helpGroup(GROUPS.author)
    .summary("run all checks of a project's CI")
    .description(
      "Runs `validate`, `lint`, `verify`, `docs --check`, `release check` and `compat`, one after " +
        "another, and ends with a table of them. What it does not check is in the table, with the " +
        "reason: `docs` if no documentation was written to schema/, `release` if there are no " +
        "releases, `compat` if there is neither a release nor --since. Needs no server. Exits with 1 " +
        "if there is a finding. If a check could not be made, it exits with the status of the gravest " +
        "failure.",
    )
    .option(
      "--since <ref>",
      "lint and verify what is new since a version or git revision; compare with it in compat " +
        "(default: all; the newest release)",
    )
    .addOption(
      new Option("--only <checks>", `only these of ${NAMES.join(", ")}`).argParser(parseNames)
        .conflicts("skip"),
    )
    .addOption(new Option("--skip <checks>", "all but these").argParser(parseNames))
    .addOption(shadowOption());
  withExamples(
    withMigrations(command),
    "migrator check",
    "migrator check --since origin/main",
    "migrator check --only validate,lint",
  )
    .action(async (options: CheckOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const rows = await checkAll(invocation, options);
      output.print(...tableOf(rows, output.style));
      output.record({ event: "check", rows: rows.map(rowRecord) });
      throwCollected(
        rows.flatMap(({ verdict }) => "failures" in verdict ? verdict.failures : []),
      );
      const findings = rows.reduce((sum, row) => sum + findingsIn(row), 0);
      if (findings > 0) invocation.exitWith(EXIT.finding);
      output.finished({ findings });
    });
}

/** Values may be repeated, or separated by commas. */
function parseNames(text: string, before: readonly CheckName[] = []): readonly CheckName[] {
  return [
    ...before,
    ...text.split(",").map((word) => {
      const name = NAMES.find((one) => one === word.trim());
      if (name !== undefined) return name;
      throw new InvalidArgumentError(`the checks are ${NAMES.join(", ")}.`);
    }),
  ];
}

async function checkAll(
  invocation: Invocation,
  { only = NAMES, skip = [], ...settings }: CheckOptions,
): Promise<readonly Row[]> {
  const { output, signal } = invocation;
  const progress = new WorkProgressLine(output, systemClock);
  const rows: Row[] = [];
  for (const name of NAMES) {
    const start = systemClock.elapsed();
    const end = (verdict: Row["verdict"]) =>
      rows.push({ name, verdict, milliseconds: Math.round(systemClock.elapsed() - start) });
    if (!only.includes(name) || skip.includes(name)) {
      end({ notChecked: `left out by ${skip.includes(name) ? "--skip" : "--only"}` });
      continue;
    }
    output.print(output.style.bold(`${name}:`));
    progress.show({ what: `checking: ${name}`, done: rows.length, total: NAMES.length });
    try {
      end(await CHECKS[name](invocation, settings));
    } catch (error) {
      const failures = failuresIn(error);
      if (signal.aborted) throw error;
      end({ failures });
    } finally {
      progress.end();
    }
  }
  return rows;
}

function findingsIn({ verdict }: Row): number {
  return "findings" in verdict ? verdict.findings : 0;
}

function tableOf(rows: readonly Row[], style: Style): readonly string[] {
  const times = rows.map(({ verdict, milliseconds }) =>
    "notChecked" in verdict ? "" : formatElapsed(milliseconds)
  );
  const width = Math.max(...NAMES.map((name) => name.length));
  const timeWidth = Math.max(...times.map((time) => time.length));
  return [
    "",
    ...rows.map(({ name, verdict }, i) =>
      `${name.padEnd(width)}  ${times[i]!.padStart(timeWidth)}  ${verdictText(verdict, style)}`
    ),
  ];
}

function verdictText(verdict: Row["verdict"], style: Style): string {
  if ("notChecked" in verdict) return style.caution(`not checked: ${verdict.notChecked}`);
  if ("failures" in verdict) {
    return style.bad(
      `failed: ${[...new Set(verdict.failures.map(({ code }) => code))].join(", ")}`,
    );
  }
  if (verdict.findings === 0) return style.good("ok");
  return style.bad(formatCount(verdict.findings, "finding"));
}

function rowRecord({ name, verdict, milliseconds }: Row) {
  const about = { name, duration_ms: milliseconds };
  if ("notChecked" in verdict) {
    return { ...about, verdict: "not_checked", findings: 0, reason: verdict.notChecked };
  }
  if ("failures" in verdict) {
    const codes = verdict.failures.map(({ code }) => code);
    return { ...about, verdict: "failed", findings: 0, codes: [...new Set(codes)] };
  }
  const { findings } = verdict;
  return { ...about, verdict: findings === 0 ? "ok" : "findings", findings };
}
