/**
 * `verify`
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { EXIT, type Failure, failuresIn, throwCollected } from "../../failure.ts";
import { REPORT_FORMAT_NAMES, type ReportFormat } from "../../report/annotation.ts";
import { VERSION } from "../../version.ts";
import type { VerifiedCase } from "../output/verify_report.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseVersionsOption,
  shadowOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

interface VerifyCommandOptions extends GlobalOptions {
  readonly twice?: boolean;
  readonly since?: string;
  readonly orders?: number;
  readonly seed: number;
  readonly format?: ReportFormat;
  readonly shadowUrl?: string;
}

/** Checks that migrations can be reverted, in a shadow database. */
export function verifyCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("verify").helpGroup(GROUPS.author)
    .summary("check that each migration can be reverted and reapplied")
    .description(
      "Applies the migrations to a shadow database (embedded PostgreSQL, in memory). Applies each " +
        "one, reverts it and applies it again. Compares every object of the schema: the down script " +
        "must restore what was there, leave nothing behind and take nothing else away. Rows that " +
        "migrations have written must survive, unless the migration declares dataLoss. Then it " +
        "applies all migrations in other orders that the graph allows. Needs no server. Says at the " +
        "end what it did not check. Exits with 1 if there is a finding.",
    )
    .argument("[version...]", "only these migrations", parseVersionsOption)
    .option(
      "--since <ref>",
      "only migrations that are new or changed since a version or git revision",
    )
    .option("--twice", "also run each script twice in a row, as if it had been interrupted")
    .option(
      "--orders <n>",
      "how many other orders to try (default: 2; 0 with versions or --since)",
      atLeastZero,
    )
    .option("--seed <n>", "draw other orders", atLeastZero, 1)
    .addOption(
      new Option("--format <format>", "print the results for another program")
        .choices(REPORT_FORMAT_NAMES),
    )
    .addOption(shadowOption());
  withExamples(
    withMigrations(command),
    "migrator verify",
    "migrator verify --since 1650000100 --format junit",
    "migrator verify 1650000100 --db frontend",
    "migrator verify --twice --orders 20",
  )
    .action(
      async (versions: readonly bigint[] | undefined, options: VerifyCommandOptions) => {
        const invocation = begin(options);
        const { cases, ...total } = await verifyDatabases(invocation, { ...options, versions });
        if (options.format !== undefined) await printReport(invocation, options.format, cases);
        if (total.findings > 0) invocation.exitWith(EXIT.finding);
        invocation.output.finished(total);
      },
    );
}

interface VerifiedDatabases {
  readonly verified: number;
  readonly findings: number;
  readonly cases: readonly {
    readonly database: string;
    readonly results: readonly VerifiedCase[];
  }[];
}

/**
 * Verifies the migrations of the chosen databases, and prints what is found.
 *
 * @throws {Failure | Failures} What kept it from verifying a database, after it tried the others.
 */
export async function verifyDatabases(
  invocation: Invocation,
  options: Omit<VerifyCommandOptions, keyof GlobalOptions> & {
    readonly versions?: readonly bigint[] | undefined;
  },
): Promise<VerifiedDatabases> {
  const { verifyDatabase } = await import("../apply/verify_database.ts");
  const failures: Failure[] = [];
  const total = { verified: 0, findings: 0 };
  const cases: VerifiedDatabases["cases"][number][] = [];
  for (const [name, chosen] of await chosenVersions(invocation, options)) {
    try {
      const { verified, findings, results } = await verifyDatabase(invocation, name, {
        ...options,
        orders: options.orders ?? (chosen === undefined ? 2 : 0),
        isSilent: options.format !== undefined,
        chosen,
      });
      total.verified += verified;
      total.findings += findings;
      cases.push({ database: name, results });
    } catch (error) {
      failures.push(...failuresIn(error));
      if (invocation.signal.aborted) break;
    }
  }
  throwCollected(failures);
  return { ...total, cases };
}

function atLeastZero(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a whole number of at least 0.");
}

/** The versions of each database; undefined is all of them. */
async function chosenVersions(
  invocation: Invocation,
  { versions = [], since }: {
    readonly versions?: readonly bigint[] | undefined;
    readonly since?: string;
  },
): Promise<ReadonlyMap<string, ReadonlySet<bigint> | undefined>> {
  if (versions.length > 0) {
    const { databasesOf } = await import("../invocation/choose_databases.ts");
    const found = await databasesOf(invocation, versions);
    return new Map([...found].map(([name, some]) => [name, new Set(some)]));
  }
  const names = await invocation.databases();
  if (since === undefined) return new Map(names.map((name) => [name, undefined]));
  const { changedSince } = await import("../../workspace/changed_since.ts");
  const { signal } = invocation;
  const changed = new Map<string, ReadonlySet<bigint>>();
  for (const name of names) {
    const target = await invocation.target(name);
    changed.set(name, await changedSince(invocation, target, { since, signal }));
  }
  return changed;
}

async function printReport(
  invocation: Invocation,
  format: ReportFormat,
  cases: readonly { readonly database: string; readonly results: readonly VerifiedCase[] }[],
): Promise<void> {
  const { examinedCase } = await import("../output/verify_report.ts");
  const { REPORT_FORMATS } = await import("../../report/report_formats.ts");
  const { folderOf } = await import("../../source/add.ts");
  const root = await invocation.directory() ?? "migrations";
  const examined = [];
  for (const { database, results } of cases) {
    const folder = await folderOf(root, database);
    examined.push(...results.map((result) => examinedCase(result, { database, folder })));
  }
  const report = REPORT_FORMATS[format](examined, { name: "migrator verify", version: VERSION });
  invocation.output.document(report.replace(/\n$/, ""));
}
