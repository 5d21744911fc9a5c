/**
 * `drift`
 *
 * @module
 */

import type { Command } from "commander";
import type { Drift } from "../../drift/find_drift.ts";
import { EXIT, Failure, failuresIn, throwCollected } from "../../failure.ts";
import { openShadow } from "../apply/open_shadow.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withServer } from "../invocation/options.ts";

interface DriftOptions extends GlobalOptions {
  readonly shadowUrl?: string;
  readonly revert?: string;
}

/** Compares live databases with what their migrations have made. */
export function driftCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("drift").helpGroup(GROUPS.inspect)
    .summary("compare the live schema with the applied migrations")
    .description(
      "Runs the migrations that each database has applied in a shadow database (embedded " +
        "PostgreSQL, in memory), and compares the live schema with the result, object by object, in " +
        "both directions. Pending migrations are not drift. Reads only the catalogs and the history, " +
        "and changes nothing. Exits with 1 if anything differs.",
    )
    .option(
      "--shadow-url <url>",
      "use a database on this server as the shadow; it is created and dropped",
    )
    .option("--revert <file>", "write SQL that restores the expected schema");
  withExamples(
    withServer(command),
    "migrator drift",
    "migrator drift --db frontend --revert revert.sql",
    "migrator drift --shadow-url postgres://app@db.example/postgres",
  )
    .action(async (options: DriftOptions) => {
      const invocation = begin(options);
      const groups = await databasesByServer(invocation);
      if (options.revert !== undefined && groups.size > 1) {
        throw new Failure(
          "usage/one-database",
          "--revert writes one file, for one database.",
          {
            hint: "Name the database: --db NAME",
          },
        );
      }
      const failures: Failure[] = [];
      let drifted = 0;
      for (const names of groups.values()) {
        try {
          if (await showDrift(invocation, names, options)) drifted++;
        } catch (error) {
          failures.push(...failuresIn(error));
        }
      }
      throwCollected(failures);
      if (drifted > 0) invocation.exitWith(EXIT.finding);
      invocation.output.finished({ drifted });
    });
}

/** Databases of the product that share one of PostgreSQL's are compared together. */
async function databasesByServer(
  invocation: Invocation,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, string[]>();
  for (const name of await invocation.databases()) {
    const { label } = await invocation.connector(name);
    groups.set(label, [...groups.get(label) ?? [], name]);
  }
  return groups;
}

/** @returns Whether there is any. */
async function showDrift(
  invocation: Invocation,
  names: readonly string[],
  options: DriftOptions,
): Promise<boolean> {
  const { output, signal } = invocation;
  const { findDrift } = await import("../../drift/find_drift.ts");
  const { driftLines } = await import("../output/drift_lines.ts");
  const [first = ""] = names;
  const connector = await invocation.connector(first);
  const databases = await Promise.all(names.map((name) => invocation.target(name)));
  await warnOfRun(invocation, names);
  const drift = await findDrift({
    connector,
    databases,
    signal,
    shadow: () => openShadow(invocation, first, options.shadowUrl),
  });
  output.print(`${output.style.bold(names.join(", "))} on ${connector.label}`);
  for (const line of driftLines(drift, output.style)) output.print(`  ${line}`);
  for (const difference of drift.differences) {
    const { change, address } = difference;
    output.record({
      event: "difference",
      databases: names,
      change,
      object: address,
      ...(change === "different" ? { fields: difference.fields } : {}),
    });
  }
  output.record({
    event: "drift",
    databases: names,
    server: connector.label,
    server_version: drift.server,
    shadow_version: drift.shadowServer,
    applied: drift.applied,
    differences: drift.differences.length,
  });
  if (options.revert !== undefined) await writeRevert(invocation, drift, options.revert);
  return drift.differences.length > 0;
}

/** What a run is changing at this moment is no drift, but looks like it. */
async function warnOfRun(invocation: Invocation, names: readonly string[]): Promise<void> {
  const { readLockStatus } = await import("../../runner/observe/lock_status.ts");
  for (const name of names) {
    const session = await (await invocation.connector(name)).open({
      applicationName: `migrator ${name} (look)`,
      signal: invocation.signal,
    });
    try {
      const { holder } = await readLockStatus(session, (await invocation.target(name)).history);
      if (holder === null) continue;
      invocation.output.warn(
        `A run of ${name} is under way (pid ${holder.pid}): what it is changing may be listed here.`,
      );
    } finally {
      await session.close();
    }
  }
}

/** @throws {Failure} `usage/file-exists`. */
async function writeRevert(invocation: Invocation, drift: Drift, file: string): Promise<void> {
  const { beginFile } = await import("../../runtime/new_file.ts");
  const { systemClock } = await import("../../runtime/clock.ts");
  const { revertScript } = await import("../output/revert_script.ts");
  const mark = Math.floor(systemClock.random() * 2 ** 32).toString(36);
  const begun = await beginFile(file, mark);
  try {
    await begun.write(revertScript(drift));
    if (await begun.commit() === "created") {
      invocation.output.print(`  wrote ${file}: read it before it is run`);
      return;
    }
  } finally {
    await begun.discard();
  }
  throw new Failure("usage/file-exists", `There is a file ${file} already.`, {
    hint: "Name another one, or remove it.",
  });
}
