/**
 * `background quarantine list`, `retry` and `drop`
 *
 * @module
 */

import { formatCount } from "../../../format/count.ts";
import { formatTimestamp } from "../../../format/elapsed_time.ts";
import { type Command, InvalidArgumentError } from "commander";
import type { QuarantinedRow } from "../../../background/status/read_quarantine.ts";
import { Failure } from "../../../failure.ts";
import { quarantineRecord } from "../../../report/failure_record.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import { type SelectedMigration, withSelectedMigration } from "./with_migration.ts";
import { type MigrationOptions, type ReasonOptions, withMigration, withReason } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withJson } from "../../invocation/options.ts";
import { keyText } from "../../../report/batched_text.ts";
import { wrap } from "../../output/wrap.ts";

interface ListOptions extends MigrationOptions {
  readonly all?: boolean;
}

interface DropOptions extends ReasonOptions {
  readonly all?: boolean;
}

/** Commands for rows that the database refused. */
export function quarantineCommand(group: Command, begin: StartInvocation): void {
  const inner = group.command("quarantine")
    .summary("list, retry or drop quarantined rows")
    .description(
      "The quarantine holds rows that the database refused, up to maxQuarantined of them, so " +
        "that the other rows could be processed. A batched migration with quarantined rows can " +
        "finish, but it cannot be finalized.",
    )
    .usage("<command> [options]");
  withExamples(withJson(inner), "migrator background quarantine list backfill_routes");
  listCommand(inner, begin);
  retryCommand(inner, begin);
  dropCommand(inner, begin);
}

function listCommand(inner: Command, begin: StartInvocation): void {
  const command = inner.command("list")
    .summary("list quarantined rows, and why")
    .description(
      "Lists the quarantined rows of a batched migration: number, key, and why.",
    )
    .option("--all", "also rows that were retried or dropped");
  withExamples(withMigration(command), "migrator background quarantine list backfill_routes")
    .action(async (word: string, options: ListOptions) => {
      const invocation = begin(options);
      const typed = typedOf(word, options, "list");
      await withSelectedMigration(invocation, typed, async (selected) => {
        const rows = await quarantinedRows(selected, options.all === true);
        printRows(invocation, selected, rows);
        const { database, snapshot: { id, name } } = selected;
        invocation.output.finished({ database, id, jobClassName: name, rows: rows.length });
      });
    });
}

function retryCommand(inner: Command, begin: StartInvocation): void {
  const command = inner.command("retry")
    .summary("process quarantined rows again")
    .description(
      "Processes quarantined rows again, each in its own transaction. A row that the " +
        "database refuses again is quarantined again. A batched migration that was finished is " +
        "finished again afterwards. Exits with 8 if any row is still quarantined.",
    );
  withExamples(
    withIds(withReason(command), "numbers of rows from `quarantine list` (default: all)"),
    "migrator background quarantine retry backfill_routes",
    "migrator background quarantine retry backfill_routes 4 7",
  ).action(async (word: string, ids: readonly string[], options: ReasonOptions) => {
    const invocation = begin(options);
    const typed = typedOf(word, options, "retry");
    const given = { ids: ids.length > 0 ? ids : undefined, reason: options.reason };
    const { retried, selected } = await withSelectedMigration(
      invocation,
      typed,
      async (selected) => {
        const { session, name, snapshot } = selected;
        const { retryQuarantined } = await import(
          "../../../background/control/resolve_quarantine.ts"
        );
        const resolving = { snapshot, ...given, who: operatorIdentity() };
        return { selected, retried: await retryQuarantined(session, name, resolving) };
      },
    );
    await runAgain(invocation, selected, retried);
  });
}

/** Runs the rows again, and finishes the migration if it was finished before. */
async function runAgain(
  invocation: Invocation,
  { database, snapshot }: SelectedMigration,
  { jobs, isReopened }: { readonly jobs: readonly string[]; readonly isReopened: boolean },
): Promise<void> {
  const { output, signal } = invocation;
  const { runWorkerPool } = await import("../../../background/crew/worker_pool.ts");
  const { workerPoolOf } = await import("./worker_pool_of.ts");
  const pool = await workerPoolOf(invocation, { database, isThrottled: true });
  const migrations = [snapshot.id];
  const once = { workers: 1, until: "done" } as const;
  await runWorkerPool(pool, { ...once, scope: { migrations, jobs } });
  if (isReopened && !signal.aborted) await runWorkerPool(pool, { ...once, scope: { migrations } });
  signal.throwIfAborted();
  const typed = { word: snapshot.id, command: "background quarantine retry" };
  await withSelectedMigration(invocation, typed, async (selected) => {
    const rows = await quarantinedRows(selected, false);
    const again = rows.filter(({ job }) => job !== undefined && jobs.includes(job));
    const { status } = selected.snapshot;
    output.print(
      `${database}: ${snapshot.name} is ${status}: ${jobs.length - again.length} of ` +
        `${formatCount(jobs.length, "row")} done`,
    );
    if (again.length > 0) printRows(invocation, selected, again);
    if (again.length > 0 || status === "failed") throw stillAside(selected, again.length);
    const done = { retried: jobs.length, status };
    output.finished({ database, id: snapshot.id, jobClassName: snapshot.name, ...done });
  });
}

function stillAside(
  { database, snapshot: { name, failure } }: SelectedMigration,
  count: number,
): Failure {
  return new Failure(
    "background/quarantined",
    count > 0
      ? `${count} of the rows of batched migration ${name} of "${database}" are refused again.`
      : `Batched migration ${name} of "${database}" has failed: ${failure}.`,
    {
      hint: `See the SQL, to try it: migrator background failures ${name} --db ${database}`,
      facts: { name, aside: count },
    },
  );
}

function dropCommand(inner: Command, begin: StartInvocation): void {
  const command = inner.command("drop")
    .summary("give up quarantined rows; they stay unchanged")
    .description(
      "Removes rows from the quarantine after you have fixed them by hand, or because they " +
        "need no change. The rows themselves stay unchanged. Records who dropped them, and why.",
    )
    .requiredOption("--reason <text>", "why; background show prints it with your name")
    .option("--all", "all quarantined rows");
  withExamples(
    withIds(command, "numbers of rows from `quarantine list`"),
    'migrator background quarantine drop backfill_routes 4 --reason "spam"',
    'migrator background quarantine drop backfill_routes --all --reason "fixed"',
  ).action(async (word: string, ids: readonly string[], options: DropOptions) => {
    const invocation = begin(options);
    const { reason = "", all } = options;
    if ((ids.length > 0) === (all === true)) {
      throw new Failure("usage/missing-argument", "Say which rows: their numbers, or --all.", {
        hint: `See them: migrator background quarantine list ${word}`,
      });
    }
    await withSelectedMigration(invocation, typedOf(word, options, "drop"), async (selected) => {
      const { session, name, database, snapshot } = selected;
      const { dropQuarantined } = await import("../../../background/control/resolve_quarantine.ts");
      const given = { ids: all ? undefined : ids, reason };
      const resolving = { snapshot, ...given, who: operatorIdentity() };
      const dropped = await dropQuarantined(session, name, resolving);
      const { output } = invocation;
      output.print(
        `${database}: ${formatCount(dropped, "row")} of ${snapshot.name} dropped`,
      );
      output.finished({ database, id: snapshot.id, jobClassName: snapshot.name, dropped });
    });
  });
}

function typedOf(word: string, options: MigrationOptions, command: string) {
  return { word, arguments: options.arguments, command: `background quarantine ${command}` };
}

function withIds(command: Command, about: string): Command {
  return withMigration(command).argument("[ids...]", about, rowIds);
}

function rowIds(text: string, before: readonly string[] = []): readonly string[] {
  if (/^\d{1,18}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError("write the number of a row, such as 4.");
}

async function quarantinedRows({ session, name, snapshot }: SelectedMigration, all: boolean) {
  const { readQuarantine } = await import("../../../background/status/read_quarantine.ts");
  return await readQuarantine(session, name, { migration: snapshot.id, all });
}

function printRows(
  { output }: Invocation,
  { database, snapshot }: SelectedMigration,
  rows: readonly QuarantinedRow[],
): void {
  if (rows.length === 0) output.print(`${database}: no row of ${snapshot.name} is aside`);
  const of = { database, batchedBackgroundMigrationId: snapshot.id, jobClassName: snapshot.name };
  for (const row of rows) {
    const { id, at, until, exceptionClass, exceptionMessage, resolution } = row;
    const text = `key ${keyText(until)}: ${exceptionClass}: ${exceptionMessage}` +
      (resolution === undefined ? "" : ` (${resolution})`);
    output.print(...wrap(`  ${id.padStart(4)}  ${formatTimestamp(at)}  `, text));
    output.record(quarantineRecord(of, row));
  }
}
