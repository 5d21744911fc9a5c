/**
 * `verify`
 *
 * @module
 */

import type { Command } from "commander";
import { EXIT, Failure, failuresIn, throwCollected } from "../../failure.ts";
import type { Verification } from "../../verify/verify_migrations.ts";
import { openShadow } from "../apply/open_shadow.ts";
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
  readonly shadowUrl?: string;
}

/** Checks that migrations can be reverted, in a shadow database. */
export function verifyCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("verify").helpGroup(GROUPS.author)
    .summary("check that each migration can be reverted and reapplied")
    .description(
      "Applies the migrations to a shadow database (embedded PostgreSQL, in memory). Applies each " +
        "one, reverts it and applies it again. Compares every object of the schema: the down script " +
        "must restore what was there, leave nothing behind and take nothing else away. Needs no " +
        "server. Rows, the order of columns and batched migrations are not checked. Exits with 1 if " +
        "a migration has a finding.",
    )
    .argument("[version...]", "only these migrations", parseVersionsOption)
    .option("--twice", "also run each script twice in a row, as if it had been interrupted")
    .addOption(shadowOption());
  withExamples(
    withMigrations(command),
    "migrator verify",
    "migrator verify 1650000100 --db frontend",
    "migrator verify --twice",
  )
    .action(
      async (versions: readonly bigint[] | undefined, options: VerifyCommandOptions) => {
        const invocation = begin(options);
        const failures: Failure[] = [];
        const total = { verified: 0, findings: 0 };
        for (const [name, chosen] of await chosenVersions(invocation, versions ?? [])) {
          try {
            const { verified, findings } = await verifyDatabase(invocation, name, {
              ...options,
              chosen,
            });
            total.verified += verified;
            total.findings += findings;
          } catch (error) {
            failures.push(...failuresIn(error));
            if (invocation.signal.aborted) break;
          }
        }
        throwCollected(failures);
        if (total.findings > 0) invocation.exitWith(EXIT.finding);
        invocation.output.finished(total);
      },
    );
}

/** The versions of each database; an empty set is all of them. */
async function chosenVersions(
  invocation: Invocation,
  versions: readonly bigint[],
): Promise<ReadonlyMap<string, ReadonlySet<bigint>>> {
  if (versions.length === 0) {
    return new Map((await invocation.databases()).map((name) => [name, new Set()]));
  }
  const { databasesOf } = await import("../invocation/choose_databases.ts");
  const found = await databasesOf(invocation, versions);
  return new Map([...found].map(([name, some]) => [name, new Set(some)]));
}

/** @throws {Failure} `plan/unknown-target`, `shadow/*`. */
async function verifyDatabase(
  invocation: Invocation,
  name: string,
  { chosen, twice = false, shadowUrl }: VerifyCommandOptions & {
    readonly chosen: ReadonlySet<bigint>;
  },
): Promise<{ readonly verified: number; readonly findings: number }> {
  const { findTarget } = await import("../../plan/plan.ts");
  const { verifyMigrations } = await import("../../verify/verify_migrations.ts");
  const { verificationLines, verificationRecord } = await import("../output/verify_lines.ts");
  const { output, signal } = invocation;
  const { graph, history } = await invocation.target(name);
  for (const version of chosen) findTarget({ database: name, graph }, version);
  const counts: Record<Verification["kind"], number> = {
    reversible: 0,
    irreversible: 0,
    different: 0,
    refused: 0,
  };
  const total = chosen.size === 0 ? graph.ordered.length : chosen.size;
  let verified = 0;
  const results = verifyMigrations({
    definitions: graph.ordered,
    isChosen: ({ version }) => chosen.size === 0 || chosen.has(version),
    twice,
    without: [history.schema],
    shadow: () => openShadow(invocation, name, shadowUrl),
    signal,
  });
  for await (const verification of results) {
    counts[verification.kind]++;
    verified++;
    const lines = verificationLines(verification, output.style);
    output.print(...lines.map((line) => line.startsWith(" ") ? line : `${name}: ${line}`));
    output.record(verificationRecord(verification, name));
    output.terminal?.draw([`verifying ${name}: ${verified} of ${total}`]);
    if (verified === total) break;
  }
  output.terminal?.draw([]);
  const { reversible, irreversible } = counts;
  const findings = verified - reversible - irreversible;
  output.print(
    `${output.style.bold(name)}: verified ${verified} migration${verified === 1 ? "" : "s"}: ` +
      `${reversible} can be reverted, ${irreversible} irreversible, ${findings} with findings`,
  );
  return { verified, findings };
}
