/**
 * `background janitor`
 *
 * @module
 */

import type { Command } from "commander";
import type { CompactionResult } from "../../../background/janitor/compact.ts";
import { Failure, throwCollected } from "../../../failure.ts";
import {
  agesOf,
  destinationOf,
  type JanitorOptions,
  requireDestination,
  withJanitor,
  withJanitorSession,
} from "./janitor_session.ts";
import type { GlobalOptions, Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withServer } from "../../invocation/options.ts";

interface Options extends GlobalOptions, JanitorOptions {}

/** The number of batches from which compacting them saves noticeable space. */
const MANY = 10_000;

/** Compacts the batches of finished migrations into one row each. */
export function janitorCommand(group: Command, begin: StartInvocation): void {
  const command = withJanitor(
    group.command("janitor")
      .summary("archive and delete the batches of finished ones")
      .description(
        "Deletes the batches of migrations that finished long ago and have no quarantined " +
          "rows. First it writes their log to --archive or --archive-command; one summary row " +
          "keeps the totals. `show` and `failures` still work afterwards. If it is interrupted, " +
          "the next run continues. Without --archive, --archive-command or --no-archive it only " +
          "prints what it could delete.",
      ),
  );
  withExamples(
    withServer(command),
    "migrator background janitor",
    "migrator background janitor --archive /var/lib/shop/archive",
    "migrator background janitor --archive-command 'aws s3 cp - s3://b/{name}'",
  ).action(async (options: Options) => {
    const invocation = begin(options);
    const { output } = invocation;
    const to = await destinationOf(options, output.warn);
    const failures: Failure[] = [];
    let jobs = 0;
    for (const database of await invocation.databases()) {
      try {
        jobs += requireDestination(options)
          ? (await compactOne(invocation, { database, options, to }))
            .reduce((sum, { archive }) => sum + archive.jobs, 0)
          : await countCompactable(invocation, { database, options });
      } catch (error) {
        if (!(error instanceof Failure) || invocation.signal.aborted) throw error;
        failures.push(error);
      }
    }
    throwCollected(failures);
    output.finished(requireDestination(options) ? { jobs } : { foldable: jobs });
  });
}

async function compactOne(
  invocation: Invocation,
  { database, options, to }: {
    readonly database: string;
    readonly options: Options;
    readonly to: Awaited<ReturnType<typeof destinationOf>>;
  },
): Promise<readonly CompactionResult[]> {
  const { runJanitor } = await import("../../../background/janitor/janitor.ts");
  const { output, signal } = invocation;
  return await withJanitorSession(invocation, { database, signal }, async (context) => {
    const compactionResults = await runJanitor(context, { ages: agesOf(options), to });
    const jobs = compactionResults.reduce((sum, { archive }) => sum + archive.jobs, 0);
    for (const { migration, name, archive } of compactionResults) {
      output.record({ event: "folded", database, id: migration, name, ...archive });
    }
    output.print(
      compactionResults.length === 0
        ? `${database}: nothing to fold`
        : `${database}: ${jobs} batches of ${compactionResults.length} migrations folded`,
    );
    if (jobs >= MANY) {
      const { schema } = context.name;
      output.print(
        "  their space is used again by new batches; to give what is at the end back to the disk: " +
          `VACUUM ${schema}.batched_background_migration_jobs, ` +
          `${schema}.batched_background_migration_job_transition_logs`,
      );
    }
    return compactionResults;
  });
}

/** @returns The number of batches that could be compacted. */
async function countCompactable(
  invocation: Invocation,
  { database, options }: { readonly database: string; readonly options: Options },
): Promise<number> {
  const { readCompactable } = await import("../../../background/janitor/janitor.ts");
  const { output, signal } = invocation;
  const found = await withJanitorSession(
    invocation,
    { database, signal },
    (context) => readCompactable(context, agesOf(options)),
  );
  for (const { migration, name, jobs } of found) {
    output.print(`${database}: ${name} (${migration}): ${jobs} batches could be folded`);
    output.record({ event: "foldable", database, id: migration, name, jobs });
  }
  if (found.length === 0) output.print(`${database}: nothing to fold`);
  else {
    output.print(
      "  next: say where their log goes: migrator background janitor --archive DIR " +
        "(or --archive-command, or --no-archive)",
    );
  }
  return found.reduce((sum, { jobs }) => sum + jobs, 0);
}
