/**
 * `drift`
 *
 * @module
 */

import type { Command } from "commander";
import { severityOf } from "../../drift/drift_severity.ts";
import { EXIT, Failure, failuresIn, throwCollected } from "../../failure.ts";
import { type FoundDrift, liveDrift, snapshotDrift } from "../apply/look_for_drift.ts";
import { databasesByServer, refuseSeveral } from "../invocation/databases_by_server.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  shadowOption,
  type StartInvocation,
  withExamples,
  withServer,
} from "../invocation/options.ts";

interface DriftOptions extends GlobalOptions {
  readonly snapshot?: string;
  readonly shadowUrl?: string;
  readonly revert?: string;
  readonly output?: string;
}

/** Compares live databases with what their migrations have made. */
export function driftCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("drift").helpGroup(GROUPS.inspect)
    .summary("compare the live schema with the applied migrations")
    .description(
      "Runs the migrations that each database has applied in a shadow database (embedded " +
        "PostgreSQL, in memory), and compares the live schema with the result, object by object, in " +
        "both directions. Not drift: pending migrations, what a run under way is changing, " +
        "partitions that are added at run time, and what driftIgnore in migrator.yaml allows. Reads " +
        "only the catalogs and the history, and changes nothing. Exits with 1 if anything differs.",
    )
    .option("--snapshot <file>", "compare what `doctor --catalog` wrote; no server is asked")
    .addOption(shadowOption())
    .option("--revert <file>", "write SQL that restores the expected schema")
    .option(
      "--output <dir>",
      "write revert.sql and, in incorporate/, a new migration that makes the drift official",
    );
  withExamples(
    withServer(command),
    "migrator drift",
    "migrator drift --db frontend --output drift",
    "migrator drift --snapshot customer.json",
    "migrator drift --shadow-url postgres://app@db.example/postgres",
  )
    .action(async (options: DriftOptions) => {
      const invocation = begin(options);
      const looks = await looksFor(invocation, options);
      const writing = options.output === undefined ? "--revert" : "--output";
      if (options.revert ?? options.output) refuseSeveral(looks, writing);
      const failures: Failure[] = [];
      let drifted = 0;
      for (const look of looks) {
        try {
          if (await show(invocation, await look(), options)) drifted++;
        } catch (error) {
          failures.push(...failuresIn(error));
        }
      }
      throwCollected(failures);
      if (drifted > 0) invocation.exitWith(EXIT.finding);
      invocation.output.finished({ drifted });
    });
}

/** One for each of PostgreSQL's databases. */
async function looksFor(
  invocation: Invocation,
  options: DriftOptions,
): Promise<readonly (() => Promise<FoundDrift>)[]> {
  const { snapshot } = options;
  if (snapshot !== undefined) return [() => snapshotDrift(invocation, snapshot, options)];
  return (await databasesByServer(invocation)).map((names) => () =>
    liveDrift(invocation, names, options)
  );
}

/** @returns Whether there is any. */
async function show(
  invocation: Invocation,
  { catalog, drift }: FoundDrift,
  options: DriftOptions,
): Promise<boolean> {
  const { output } = invocation;
  const { driftLines } = await import("../output/drift_lines.ts");
  const names = catalog.databases.map(({ name }) => name);
  output.print(`${output.style.bold(names.join(", "))} on ${catalog.label}`);
  for (const line of driftLines({ catalog, drift }, output.style)) output.print(`  ${line}`);
  for (const difference of drift.differences) {
    const { change, address } = difference;
    output.record({
      event: "difference",
      databases: names,
      change,
      object: address,
      severity: severityOf(difference),
      ...(change === "different" ? { fields: difference.fields } : {}),
    });
  }
  output.record({
    event: "drift",
    databases: names,
    server: catalog.label,
    server_version: drift.server,
    shadow_version: drift.shadowServer,
    applied: drift.applied,
    differences: drift.differences.length,
    allowed: drift.allowed,
    changing: drift.changing,
    runners: catalog.databases.flatMap(({ runner }) => runner ?? []),
  });
  await writeFiles(invocation, { catalog, drift }, options);
  return drift.differences.length > 0;
}

/** What `--revert` and `--output` ask for. */
async function writeFiles(
  invocation: Invocation,
  found: FoundDrift,
  { revert, output: directory }: DriftOptions,
): Promise<void> {
  if ((revert ?? directory) === undefined) return;
  const { writeIncorporation, writeRevert } = await import("../apply/write_drift_files.ts");
  if (revert !== undefined) await writeRevert(invocation, found, revert);
  if (directory === undefined) return;
  await writeRevert(invocation, found, `${directory}/revert.sql`);
  if (found.drift.differences.length > 0) {
    await writeIncorporation(invocation, found, `${directory}/incorporate`);
  }
}
