/**
 * `background show`
 *
 * @module
 */

import type { Command } from "commander";
import { readProgressSnapshots } from "../../../background/status/progress_snapshot.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { failureRecord, quarantineRecord } from "../../../report/failure_record.ts";
import {
  backgroundProgressLine,
  backgroundProgressOf,
} from "../../../report/background_progress_bar.ts";
import { progressFields } from "../../../report/progress_record.ts";
import { type SelectedMigration, withSelectedMigration } from "./with_migration.ts";
import { type MigrationOptions, withMigration } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import {
  htmlOption,
  type HtmlOptions,
  parseCountOption,
  type StartInvocation,
  withExamples,
} from "../../invocation/options.ts";
import { isUnfinished } from "../../../background/state/state_machine.ts";
import { clip } from "../../output/clip.ts";
import { showLines, type ShownMigration } from "../../output/show_lines.ts";

interface ShowOptions extends MigrationOptions, HtmlOptions {
  readonly watch?: boolean;
  readonly events: number;
  readonly archive?: string;
}

/** The most failures to show. */
const MAX_FAILURES = 3;

/** Milliseconds between two reads; and between two lines when lines cannot be redrawn. */
const READ_INTERVAL = 1_000;
const REPEAT = 10_000;

/** Shows every detail of one batched migration. */
export function showCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("show")
    .summary("show one in detail: progress, speed, workers, events")
    .description(
      "Shows one batched migration: progress, speed and time left; why it is held; its " +
        "current batch sizes; the number of batches in each state; the workers; quarantined " +
        "rows; the last failures; and the events, with who caused them and why. Changes " +
        "nothing.",
    )
    .option(
      "--watch",
      "refresh every second until it ends (without a terminal: print a line every 10 s)",
    )
    .option("--events <n>", "number of events to show, newest first", parseCountOption, 10)
    .addOption(htmlOption())
    .option("--archive <dir>", "the directory on this host with copies of the janitor's archives");
  withExamples(
    withMigration(command),
    "migrator background show backfill_routes",
    "migrator background show backfill_routes --watch",
    "migrator background show 12 --db frontend --json",
  ).action(async (word: string, options: ShowOptions) => {
    const invocation = begin(options);
    const typed = { word, arguments: options.arguments, command: "background show" };
    await withSelectedMigration(invocation, typed, async (selected) => {
      const shownMigration = options.watch
        ? await watch(invocation, { selected, events: options.events })
        : await look(selected, options.events);
      const { snapshot: { id }, database } = shownMigration;
      if (options.html !== undefined) {
        const { writeBatchedPage } = await import("../serve/write_page.ts");
        await writeBatchedPage(invocation, { file: options.html, database, id });
      }
      printDetails(invocation, await withArchived(shownMigration, options.archive));
    });
  });
}

async function look(
  { session, name, connector, snapshot }: SelectedMigration,
  events: number,
): Promise<ShownMigration> {
  const { readMigrationDetails } = await import("../../../background/status/read_details.ts");
  const { readFailures } = await import("../../../background/status/read_failures.ts");
  const { readQuarantine } = await import("../../../background/status/read_quarantine.ts");
  const migration = snapshot.id;
  const [now = snapshot] = await readProgressSnapshots(session, name, { id: migration });
  const { failures } = await readFailures(session, name, { migration, limit: MAX_FAILURES });
  return {
    database: name.database,
    server: connector.label,
    snapshot: now,
    ...await readMigrationDetails(session, name, { migration, events }),
    failures,
    unreadable: [],
    quarantine: await readQuarantine(session, name, { migration, all: false }),
  };
}

/** Adds the failures of compacted batches, up to the limit. */
async function withArchived(
  shownMigration: ShownMigration,
  directory: string | undefined,
): Promise<ShownMigration> {
  const { snapshot: { archives }, failures } = shownMigration;
  if (archives.length === 0 || failures.length >= MAX_FAILURES) return shownMigration;
  const { newestOf, readArchivedFailures } = await import(
    "../../../background/janitor/read_archive.ts"
  );
  const archived = await readArchivedFailures(archives, { directory, limit: MAX_FAILURES });
  const all = newestOf([...failures, ...archived.failures], MAX_FAILURES);
  return { ...shownMigration, failures: all, unreadable: archived.unreadable };
}

/** Watches until the state can no longer change without an operator. */
async function watch(
  { output, signal }: Invocation,
  { selected, events }: { readonly selected: SelectedMigration; readonly events: number },
): Promise<ShownMigration> {
  const { terminal, style } = output;
  for (let lastPrinted = -Infinity;;) {
    const shownMigration = await look(selected, events);
    const { snapshot, database } = shownMigration;
    if (!isUnfinished(snapshot.status) || snapshot.status === "failed") return shownMigration;
    const now = systemClock.elapsed();
    if (terminal) {
      const { rows, columns } = terminal;
      const lines = showLines(shownMigration, style).slice(0, rows - 1);
      // A line that the terminal breaks would take two rows, and be drawn again below itself.
      terminal.draw(lines.map((line) => clip(line, columns - 1)));
    } else if (now - lastPrinted >= REPEAT) {
      lastPrinted = now;
      output.print(backgroundProgressLine(backgroundProgressOf(database, snapshot)));
      output.record({ event: "batched-migration", ...progressFields(database, snapshot) });
    }
    await systemClock.sleep(READ_INTERVAL, signal);
  }
}

function printDetails({ output }: Invocation, shownMigration: ShownMigration): void {
  for (const line of showLines(shownMigration, output.style)) output.print(line);
  const { database, snapshot, migration, inWork, failures, quarantine, events } = shownMigration;
  const of = { database, batchedBackgroundMigrationId: snapshot.id, jobClassName: snapshot.name };
  output.record({
    event: "batched-migration",
    ...progressFields(database, snapshot),
    walk: migration.scanPlan ?? null,
    position: migration.position ?? null,
    segment: migration.segment,
    sweep: migration.sweep,
  });
  for (const { id, ...batch } of inWork) {
    output.record({ event: "batch", ...of, batchedBackgroundMigrationJobId: id, ...batch });
  }
  for (const row of quarantine) output.record(quarantineRecord(of, row));
  for (const failure of failures) output.record(failureRecord(of, failure));
  for (const { id, event, from, to, ...past } of events) {
    output.record({
      event: "migration-event",
      ...of,
      eventId: id,
      what: event,
      previousStatus: from ?? null,
      nextStatus: to ?? null,
      ...past,
    });
  }
  output.finished({ database, id: snapshot.id, status: snapshot.status });
}
