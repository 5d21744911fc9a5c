/**
 * `status`
 *
 * @module
 */

import type { Command } from "commander";
import { EXIT, Failure, formatPlace, throwCollected } from "../../failure.ts";
import { readDetails } from "../../history/store.ts";
import { databaseStatus, type MigrationStatus, type Standing } from "../../plan/status.ts";
import type { GlobalOptions, Invocation, Target } from "../invocation.ts";
import type { Style } from "../output/output.ts";
import { type Begin, examples, GROUPS, withServer } from "../options.ts";

/** Says what state each database is in. */
export function statusCommand(program: Command, begin: Begin): void {
  withServer(program.command("status").helpGroup(GROUPS.look))
    .summary("say what is applied, pending, dirty, edited or unknown")
    .description("Says where each migration of each database stands. Changes nothing.")
    .option("--pending", "list only what is not applied, or needs attention")
    .option("--exit-code", "exit with 1 when anything is pending or needs attention")
    .addHelpText("after", examples("migrator status", "migrator status --db frontend --pending"))
    .action(async (options: GlobalOptions & { pending?: boolean; exitCode?: boolean }) => {
      const invocation = begin("status", options);
      const failures: Failure[] = [];
      let upToDate = true;
      for (const name of await invocation.databases()) {
        try {
          const target = await invocation.target(name);
          upToDate = await showStatus(invocation, target, options.pending === true) && upToDate;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          failures.push(error);
        }
      }
      throwCollected(failures);
      if (options.exitCode && !upToDate) invocation.exitWith(EXIT.finding);
      invocation.output.finished({ up_to_date: upToDate });
    });
}

async function showStatus(
  invocation: Invocation,
  { name, graph, history }: Target,
  onlyPending: boolean,
): Promise<boolean> {
  const { output } = invocation;
  const connector = await invocation.connector(name);
  const session = await connector.open({
    applicationName: `migrator ${name} (status)`,
    signal: invocation.signal,
  });
  try {
    const details = await readDetails(session, history);
    const { migrations, counts, upToDate } = databaseStatus(graph, details);
    output.print(`${output.style.bold(name)} on ${connector.label}`);
    for (const migration of migrations) {
      if (onlyPending && migration.standing === "applied" && !migration.edited) continue;
      for (const line of lines(migration, output.style)) output.print(line);
      output.record({ event: "migration", database: name, ...migration });
    }
    const summary = Object.entries(counts).filter(([, n]) => n > 0).map(([word, n]) =>
      `${n} ${word}`
    );
    output.print(`  ${summary.join(", ") || "no migrations"}`);
    if (!details.durable) {
      output.print("  the last run did not finish; `up` makes sure that all of it is on disk");
    }
    output.record({
      event: "database",
      database: name,
      server: connector.label,
      installed: details.installed,
      durable: details.durable,
      up_to_date: upToDate,
      ...counts,
    });
    return upToDate;
  } finally {
    await session.close();
  }
}

const WORDS: Readonly<Record<Standing, string>> = {
  applied: "applied",
  pending: "pending",
  failed: "failed",
  dirty: "DIRTY",
  running: "running",
  newer: "newer",
};

function lines(migration: MigrationStatus, style: Style): readonly string[] {
  const { standing, version, name, edited, finishedAt, lastError } = migration;
  const paint = standing === "applied"
    ? style.good
    : standing === "pending" || standing === "running"
    ? style.caution
    : standing === "newer"
    ? style.dim
    : style.bad;
  const when = standing === "applied" && finishedAt ? style.dim(` ${finishedAt.slice(0, 19)}`) : "";
  const result = [
    `  ${paint(WORDS[standing].padEnd(8))} ${version} ${name}${when}` +
    (edited ? style.caution("  edited since it was applied") : ""),
  ];
  if (standing === "newer") result[0] += style.dim("  applied by a newer program");
  if (lastError && standing !== "applied") {
    const { file, line, column } = lastError;
    const place = file === undefined ? "" : `${
      formatPlace({
        file,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
      })
    }: `;
    const state = lastError.sqlstate ? ` (SQLSTATE ${lastError.sqlstate})` : "";
    result.push(`           last error: ${place}${lastError.message}${state}`);
  }
  return result;
}
