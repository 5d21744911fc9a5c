/**
 * `background finalize`
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { FinalizeMode } from "../../../background/finalize.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { crewOf } from "../../background_crew.ts";
import { type Meant, withMeant } from "../../background_meant.ts";
import { Meters } from "../../background_meters.ts";
import { type MigrationOptions, withMigration } from "../../background_options.ts";
import type { Invocation } from "../../invocation.ts";
import { type Begin, count, duration, withExamples } from "../../options.ts";

interface FinalizeOptions extends MigrationOptions {
  readonly mode?: FinalizeMode;
  readonly deadline?: number;
  readonly workers: number;
  readonly throttle: boolean;
}

/** Sees to it that nothing of it is left. */
export function finalizeCommand(group: Command, begin: Begin): void {
  const command = group.command("finalize")
    .summary("see to it that one is finished, and verify it")
    .description(
      "Returns when a batched migration is finished and verified: `remaining` finds nothing, and " +
        "its constraint is validated. Does the rest here, beside the workers there are, unless " +
        "--mode says otherwise. When it cannot be, its state is what it was, and the exit status " +
        "is 8. The same as a schema migration does that finalizes it.",
    )
    .addOption(
      new Option(
        "--mode <way>",
        "what to do when it is unfinished: fail, wait for workers, do it (default: run)",
      ).choices(["check", "wait", "run"]),
    )
    .option("--deadline <time>", "how long that may take (default: as long as it takes)", duration)
    .option("--workers <n>", "how many at once, with --mode run", count, 1)
    .option("--no-throttle", "go on at full speed, whatever the server's health");
  withExamples(
    withMigration(command),
    "migrator background finalize backfill_routes --workers 4",
    "migrator background finalize backfill_routes --mode check    # a gate",
  ).action(async (word: string, options: FinalizeOptions) => {
    const invocation = begin(options);
    const typed = { word, arguments: options.arguments, command: "background finalize" };
    const meant = await withMeant(invocation, typed, (found) => Promise.resolve(found));
    await finalizeOne(invocation, meant, options);
  });
}

async function finalizeOne(
  invocation: Invocation,
  { database, standing }: Meant,
  { mode = "run", deadline, workers, throttle }: FinalizeOptions,
): Promise<void> {
  const { output } = invocation;
  const { finalize } = await import("../../../background/finalize.ts");
  const { workerOptions } = await import("../../../background/work_on.ts");
  const crew = await crewOf(invocation, { database, isThrottled: throttle });
  const meters = new Meters(output, systemClock);
  const { status } = await finalize({
    ...workerOptions(crew, 0),
    worker: crew.process,
    which: { name: standing.name, id: standing.id },
    mode,
    deadline,
    workers,
    onProgress: (now) => meters.show(database, [now]),
  });
  output.print(`${database}: ${standing.name} is ${status}: nothing is left`);
  output.finished({ database, id: standing.id, jobClassName: standing.name, status });
}
