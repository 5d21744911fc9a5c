/**
 * `background finalize`
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { FinalizeMode } from "../../../background/crew/finalize.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { workerPoolOf } from "./worker_pool_of.ts";
import { type SelectedMigration, withSelectedMigration } from "./with_migration.ts";
import { LiveProgress } from "../../output/live_progress.ts";
import { type MigrationOptions, withMigration } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import {
  parseCountOption,
  parseLimitOption,
  type StartInvocation,
  withExamples,
} from "../../invocation/options.ts";

interface FinalizeOptions extends MigrationOptions {
  readonly mode?: FinalizeMode;
  readonly deadline?: number;
  readonly workers: number;
  readonly throttle: boolean;
}

/** Runs a batched migration until it is finished. */
export function finalizeCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("finalize")
    .summary("finish one and verify the result")
    .description(
      "Finishes a batched migration and verifies it: its `remaining` query must find no row, " +
        "and its constraint must validate. By default this process runs the rest, beside other " +
        "workers. If that fails, the state stays as it was, and the exit status is 8. A schema " +
        "migration with finalizes: does the same.",
    )
    .addOption(
      new Option(
        "--mode <way>",
        "if it is unfinished: fail, wait for workers, or run the rest here (default: run)",
      ).choices(["check", "wait", "run"]),
    )
    .option(
      "--deadline <time>",
      "how long finalizing may take (default: no limit)",
      parseLimitOption,
    )
    .option("--workers <n>", "number of workers, with --mode run", parseCountOption, 1)
    .option("--no-throttle", "run at full speed, whatever the load of the server");
  withExamples(
    withMigration(command),
    "migrator background finalize backfill_routes --workers 4",
    "migrator background finalize backfill_routes --mode check    # a gate",
  ).action(async (word: string, options: FinalizeOptions) => {
    const invocation = begin(options);
    const typed = { word, arguments: options.arguments, command: "background finalize" };
    const selected = await withSelectedMigration(
      invocation,
      typed,
      (found) => Promise.resolve(found),
    );
    await finalizeOne(invocation, selected, options);
  });
}

async function finalizeOne(
  invocation: Invocation,
  { database, snapshot }: SelectedMigration,
  { mode = "run", deadline, workers, throttle }: FinalizeOptions,
): Promise<void> {
  const { output } = invocation;
  const { finalize } = await import("../../../background/crew/finalize.ts");
  const { workerOptions } = await import("../../../background/crew/worker_pool.ts");
  const pool = await workerPoolOf(invocation, { database, isThrottled: throttle });
  const liveProgress = new LiveProgress(output, systemClock);
  const { status } = await finalize({
    ...workerOptions(pool, 0),
    worker: pool.process,
    which: { name: snapshot.name, id: snapshot.id },
    mode,
    deadline,
    workers,
    onProgress: (now) => liveProgress.show(database, [now]),
  });
  output.print(`${database}: ${snapshot.name} is ${status}: nothing is left`);
  output.finished({ database, id: snapshot.id, jobClassName: snapshot.name, status });
}
