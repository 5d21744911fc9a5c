/**
 * `background failures`
 *
 * @module
 */

import type { Command } from "commander";
import type { FailedSubBatch } from "../../../background/status/read_failures.ts";
import { Failure } from "../../../failure.ts";
import { failureRecord } from "../../../report/failure_record.ts";
import { type SelectedMigration, withSelectedMigration } from "./with_migration.ts";
import { type MigrationOptions, withMigration } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { parseCountOption, type StartInvocation, withExamples } from "../../invocation/options.ts";
import { failureLine, unreadableArchiveLine } from "../../output/show_lines.ts";
import { wrap } from "../../output/wrap.ts";

interface FailuresOptions extends MigrationOptions {
  readonly limit: number;
  readonly id?: number;
  readonly archive?: string;
}

/** Lists failed sub-batches, and how to try them again. */
export function failuresCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("failures")
    .summary("list failed sub-batches, with SQL to reproduce one")
    .description(
      "Lists failed sub-batches, newest first: when, in which batch, between which keys, and " +
        "why. A retry may have succeeded since. Below it prints the SQL of the newest one (or " +
        "of --id) with its bounds and settings, which you can run in psql: it ends with " +
        "ROLLBACK.",
    )
    .option("--limit <n>", "number of failures to list", parseCountOption, 10)
    .option("--id <id>", "only the failure with this number", parseCountOption)
    .option("--archive <dir>", "the directory on this host with copies of the janitor's archives");
  withExamples(
    withMigration(command),
    "migrator background failures backfill_routes",
    "migrator background failures backfill_routes --id 120",
    "migrator background failures 12 --db frontend --json",
  ).action(async (word: string, options: FailuresOptions) => {
    const invocation = begin(options);
    const typed = { word, arguments: options.arguments, command: "background failures" };
    await withSelectedMigration(
      invocation,
      typed,
      (selected) => printFailures(invocation, { selected, options }),
    );
  });
}

async function printFailures(
  { output }: Invocation,
  { selected, options: { limit, id, archive } }: {
    readonly selected: SelectedMigration;
    readonly options: FailuresOptions;
  },
): Promise<void> {
  const { session, name, snapshot, database } = selected;
  const { readFailures } = await import("../../../background/status/read_failures.ts");
  const { readMigrationDetails } = await import("../../../background/status/read_details.ts");
  const { readReplayRelation, replaySql } = await import(
    "../../../background/status/replay_sql.ts"
  );
  const which = { migration: snapshot.id, limit, log: id === undefined ? undefined : String(id) };
  const kept = await readFailures(session, name, which);
  const { newestOf, readArchivedFailures } = await import(
    "../../../background/janitor/read_archive.ts"
  );
  const archived = await readArchivedFailures(snapshot.archives, { ...which, directory: archive });
  const failures = newestOf([...kept.failures, ...archived.failures], limit);
  const total = kept.total + archived.total;
  if (id !== undefined && failures.length === 0) throw unknownFailure(id, selected);
  const { migration } = await readMigrationDetails(session, name, {
    migration: snapshot.id,
    events: 1,
  });
  const relation = await readReplayRelation(session);
  const { style } = output;
  const { jobs } = snapshot;
  output.print(
    `${style.bold(snapshot.name)} (${snapshot.id}) of ${database} is ${snapshot.status}: ` +
      `${total === 0 ? "nothing was refused" : `${total} refused so far`}, ` +
      `${jobs.failed} of ${sum(jobs)} batches failed now`,
  );
  const of = { database, batchedBackgroundMigrationId: snapshot.id, jobClassName: snapshot.name };
  for (const failure of failures) {
    const text = failureLine(failure, style);
    output.print(...wrap(`  ${failure.id.padStart(6)}  `, text));
    const jobArguments = snapshot.arguments;
    output.record({
      ...failureRecord({ ...of, jobArguments }, failure),
      sql: replaySql(migration, failure, relation) ?? null,
      role: relation.role,
    });
  }
  const elsewhere = archived.unreadable.reduce((sum, { archive }) => sum + archive.failures, 0);
  const others = total - elsewhere - failures.length;
  if (id === undefined && others > 0) {
    output.print(style.dim(`  and ${others} before them: --limit ${total - elsewhere}`));
  }
  for (const one of archived.unreadable) {
    output.print(...wrap("  ", unreadableArchiveLine(one)));
    output.record({ event: "unread-archive", ...of, why: one.why, ...one.archive });
  }
  const [newest] = failures;
  if (newest !== undefined) {
    const sql = replaySql(migration, newest, relation);
    output.print("", replayHead(newest, { sql, role: relation.role }));
    if (sql !== undefined) output.source(sql);
  }
  output.finished({ database, id: snapshot.id, status: snapshot.status, total });
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((one, other) => one + other, 0);
}

function replayHead(
  { id, until }: FailedSubBatch,
  { sql, role }: { readonly sql: string | undefined; readonly role: string },
): string {
  if (sql !== undefined) return `-- ${id}, to be tried in psql as ${role}:`;
  const why = until === undefined
    ? "not even the end of its sub-batch was found."
    : "its work is not SQL, or the table is walked anew since.";
  return `There is no SQL to try for ${id}: ${why}`;
}

function unknownFailure(id: number, { snapshot, database }: SelectedMigration): Failure {
  return new Failure(
    "background/unknown-failure",
    `Batched migration ${snapshot.name} of "${database}" has no failure ${id}.`,
    { hint: `See those it has: migrator background failures ${snapshot.id} --db ${database}` },
  );
}
