/**
 * The janitor's options and session on the command line.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { BackgroundReporter } from "../../../background/state/event.ts";
import type { Destination } from "../../../background/archive/destination.ts";
import type { JanitorContext } from "../../../background/janitor/janitor_context.ts";
import type { RetentionAges } from "../../../background/janitor/chunk.ts";
import { SqlError } from "../../../connection/session/session.ts";
import { Failure } from "../../../failure.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { durationOf } from "../../invocation/options.ts";

/** The janitor's options. */
export interface JanitorOptions {
  /** A directory; false: the log is not archived. */
  readonly archive?: string | false;
  readonly archiveCommand?: string;
  readonly olderThan: number;
  readonly jobsOlderThan?: number;
}

const DAY = 86_400_000;

/** Adds the options that `janitor` and `work` share. */
export function withJanitor(command: Command): Command {
  return command
    .option("--archive <dir>", "write the log of deleted batches to this directory, as JSON lines")
    .addOption(
      new Option(
        "--archive-command <command>",
        "pass the log to a program instead, run without a shell: 'aws s3 cp - s3://b/{name}'",
      ).conflicts("archive"),
    )
    .option("--no-archive", "keep no log of deleted batches")
    .addOption(
      new Option("--older-than <time>", "only migrations that finished at least so long ago")
        .argParser(parseAge).default(7 * DAY, "7d"),
    )
    .option(
      "--jobs-older-than <time>",
      "also of unfinished migrations: batches that succeeded at least so long ago",
      parseAge,
    );
}

/** Milliseconds: `7d`, `12h`, `90min`, 0. May exceed PostgreSQL's limit of a timeout. */
export function parseAge(text: string): number {
  return durationOf(text, { most: 99_999 * DAY });
}

/** Whether to compact: true once the options name a destination for the log, or decline one. */
export function requireDestination({ archive, archiveCommand }: JanitorOptions): boolean {
  return archive !== undefined || archiveCommand !== undefined;
}

export function agesOf({ olderThan, jobsOlderThan }: JanitorOptions): RetentionAges {
  return { migrations: olderThan, jobs: jobsOlderThan };
}

/**
 * The destination of the log; undefined when it is not archived.
 *
 * @throws {Failure} `usage/archive-command`, `background/archive`.
 */
export async function destinationOf(
  { archive, archiveCommand }: JanitorOptions,
  warn: (message: string) => void,
): Promise<Destination | undefined> {
  if (!archive && archiveCommand === undefined) return undefined;
  const { commandDestination, directoryDestination } = await import(
    "../../../background/archive/destination.ts"
  );
  return archiveCommand === undefined
    ? await directoryDestination(archive as string)
    : commandDestination(archiveCommand, (line) => warn(`archive command: ${line}`));
}

/** Runs `work` with a janitor's session to one database. */
export async function withJanitorSession<T>(
  invocation: Invocation,
  { database, signal, report = invocation.output.event }: {
    readonly database: string;
    readonly signal: AbortSignal;
    readonly report?: BackgroundReporter;
  },
  work: (context: JanitorContext) => Promise<T>,
): Promise<T> {
  const connector = await invocation.connector(database);
  const session = await connector.open({
    applicationName: `migrator background ${database} (janitor)`,
    signal,
  });
  try {
    return await work({
      name: await invocation.history(database),
      session,
      who: operatorIdentity(),
      clock: systemClock,
      report,
      signal,
    });
  } finally {
    await session.close();
  }
}

/**
 * Compacts what is ready now and after each interval, until the signal is aborted. An error is a
 * warning: the next round tries again.
 */
export async function runJanitorAtIntervals(
  invocation: Invocation,
  { database, options, to, enough, report }: {
    readonly database: string;
    readonly options: JanitorOptions & { readonly janitorInterval: number };
    readonly to: Destination | undefined;
    /** Aborted when no further round should begin. */
    readonly enough: AbortSignal;
    readonly report: BackgroundReporter;
  },
): Promise<void> {
  const { runJanitor } = await import("../../../background/janitor/janitor.ts");
  const { signal, output } = invocation;
  const ages = agesOf(options);
  do {
    try {
      await withJanitorSession(
        invocation,
        { database, signal, report },
        (context) => runJanitor(context, { ages, to }),
      );
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure || error instanceof SqlError)) throw error;
      output.warn(`${database}: the janitor could not fold: ${error.message}`);
    }
    await systemClock.sleep(options.janitorInterval, AbortSignal.any([signal, enough]))
      .catch(() => {});
  } while (!signal.aborted && !enough.aborted);
}
