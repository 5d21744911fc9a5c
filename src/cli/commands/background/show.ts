/**
 * `background show`
 *
 * @module
 */

import type { Command } from "commander";
import { readStandings } from "../../../background/standing.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { failureRecord, quarantineRecord } from "../../../telling/failure_record.ts";
import { meterLine, meterOf } from "../../../telling/meter.ts";
import { standingFields } from "../../../telling/standing_record.ts";
import { type Meant, withMeant } from "../../background_meant.ts";
import { type MigrationOptions, withMigration } from "../../background_options.ts";
import type { Invocation } from "../../invocation.ts";
import { type Begin, count, withExamples } from "../../options.ts";
import { isUnfinished } from "../../output/background_lines.ts";
import { showLines, type Shown } from "../../output/show_lines.ts";

interface ShowOptions extends MigrationOptions {
  readonly watch?: boolean;
  readonly events: number;
  readonly archive?: string;
}

/** Refusals that are shown. */
const REFUSALS = 3;

/** Milliseconds between two looks, and between two lines where every line stays. */
const LOOK = 1_000;
const REPEAT = 10_000;

/** Tells all of one. */
export function showCommand(group: Command, begin: Begin): void {
  const command = group.command("show")
    .summary("say all of one: how far, how fast, what holds it, who")
    .description(
      "Says of one batched migration how far it is, how fast, how long the rest takes, what holds " +
        "it back and why, its present sizes, its batches by state, who works on it and where, " +
        "rows that were put aside, the last refusals, and what happened to it, by whom and why. " +
        "Changes nothing.",
    )
    .option(
      "--watch",
      "show it anew each second until it is over (elsewhere than on a terminal: a line every 10 s)",
    )
    .option("--events <n>", "how many of the newest events (default: 10)", count, 10)
    .option("--archive <dir>", "where copies of the janitor's archives are, on this host");
  withExamples(
    withMigration(command),
    "migrator background show backfill_routes",
    "migrator background show backfill_routes --watch",
    "migrator background show 12 --db frontend --json",
  ).action(async (word: string, options: ShowOptions) => {
    const invocation = begin(options);
    const typed = { word, arguments: options.arguments, command: "background show" };
    await withMeant(invocation, typed, async (meant) => {
      const shown = options.watch
        ? await watch(invocation, { meant, events: options.events })
        : await look(meant, options.events);
      tell(invocation, await withArchived(shown, options.archive));
    });
  });
}

async function look({ session, name, connector, standing }: Meant, events: number): Promise<Shown> {
  const { readDetails } = await import("../../../background/read_details.ts");
  const { readFailures } = await import("../../../background/read_failures.ts");
  const { readQuarantine } = await import("../../../background/read_quarantine.ts");
  const migration = standing.id;
  const [now = standing] = await readStandings(session, name, { id: migration });
  const { failures } = await readFailures(session, name, { migration, limit: REFUSALS });
  return {
    database: name.database,
    server: connector.label,
    standing: now,
    ...await readDetails(session, name, { migration, events }),
    failures,
    unread: [],
    quarantine: await readQuarantine(session, name, { migration, all: false }),
  };
}

/** With the refusals of batches that were folded, where there is room for them. */
async function withArchived(shown: Shown, directory: string | undefined): Promise<Shown> {
  const { standing: { archives }, failures } = shown;
  if (archives.length === 0 || failures.length >= REFUSALS) return shown;
  const { newestOf, readArchivedFailures } = await import(
    "../../../background/janitor/read_archive.ts"
  );
  const folded = await readArchivedFailures(archives, { directory, limit: REFUSALS });
  const all = newestOf([...failures, ...folded.failures], REFUSALS);
  return { ...shown, failures: all, unread: folded.unread };
}

/** Until it is over: nobody will work on it again unless a person says so. */
async function watch(
  { output, signal }: Invocation,
  { meant, events }: { readonly meant: Meant; readonly events: number },
): Promise<Shown> {
  const { terminal, style } = output;
  for (let told = -Infinity;;) {
    const shown = await look(meant, events);
    const { standing, database } = shown;
    if (!isUnfinished(standing.status) || standing.status === "failed") return shown;
    const now = systemClock.elapsed();
    if (terminal) terminal.draw(showLines(shown, style).slice(0, terminal.rows - 1));
    else if (now - told >= REPEAT) {
      told = now;
      output.print(meterLine(meterOf(database, standing)));
      output.record({ event: "batched-migration", ...standingFields(database, standing) });
    }
    await systemClock.sleep(LOOK, signal);
  }
}

function tell({ output }: Invocation, shown: Shown): void {
  for (const line of showLines(shown, output.style)) output.print(line);
  const { database, standing, migration, inWork, failures, quarantine, events } = shown;
  const of = { database, batchedBackgroundMigrationId: standing.id, jobClassName: standing.name };
  output.record({
    event: "batched-migration",
    ...standingFields(database, standing),
    walk: migration.walk ?? null,
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
  output.finished({ database, id: standing.id, status: standing.status });
}
