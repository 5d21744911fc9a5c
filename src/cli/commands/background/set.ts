/**
 * `background set`
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import type { WantedSettings } from "../../../background/control/changeable_settings.ts";
import { Failure } from "../../../failure.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import { withSelectedMigration } from "./with_migration.ts";
import { type ReasonOptions, withMigration, withReason } from "./options.ts";
import {
  count,
  durationOf,
  limit,
  type StartInvocation,
  withExamples,
} from "../../invocation/options.ts";
import { settingName, settingText } from "../../output/show_lines.ts";

interface SetOptions extends ReasonOptions {
  readonly batchSize?: number;
  readonly subBatchSize?: number;
  readonly maxBatchSize?: number | "none";
  readonly maxSubBatchSize?: number | "none";
  readonly workers?: number | "none";
  readonly pause?: number;
  readonly interval?: number;
  readonly targetTime?: number;
  readonly statementTimeout?: number;
  readonly lockTimeout?: number;
  readonly maxAttempts?: number;
  readonly maxQuarantined?: number;
}

/** Changes sizes, pace and limits. */
export function setCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("set")
    .summary("change its sizes, pace and limits while it runs")
    .description(
      "Changes settings of a batched migration that is not over, also while it runs: workers " +
        "follow with their next batch. Sizes are where it goes on from; they follow measured time, " +
        "within the limits. What was declared stays in the files: `background show` says what holds.",
    )
    .option("--batch-size <n>", "rows handed to a worker at a time", count)
    .option("--sub-batch-size <n>", "rows of the next transactions", count)
    .option("--max-batch-size <n>", "no larger batches; none: no limit", countOrNone)
    .option("--max-sub-batch-size <n>", "no larger transactions; none: no limit", countOrNone)
    .option("--target-time <time>", "what one transaction should take, such as 500ms", limit)
    .option("--pause <time>", "between two transactions; none: no pause", durationOrNone)
    .option("--interval <time>", "from batch to batch, in whole seconds; none: at once", seconds)
    .option("--workers <n>", "how many at once, of all processes; none: any number", countOrNone)
    .option("--statement-timeout <time>", "for one transaction's statements", limit)
    .option("--lock-timeout <time>", "for a wait for a lock in it", limit)
    .option("--max-attempts <n>", "how often a batch is begun before it has failed", count)
    .option(
      "--max-quarantined <n>",
      "rows that may be put aside; 0: the first ends it",
      countOrZero,
    );
  withExamples(
    withMigration(withReason(command)),
    "migrator background set backfill_routes --max-sub-batch-size 500",
    'migrator background set 12 --pause 1s --reason "busy evening"',
    "migrator background set backfill_routes --max-quarantined 10",
  ).action(async (word: string, options: SetOptions) => {
    const invocation = begin(options);
    const { output } = invocation;
    const wanted = settingsOf(options);
    if (Object.keys(wanted).length === 0) {
      throw new Failure("usage/missing-option", "migrator background set needs what to change.", {
        hint: "For example: migrator background set backfill_routes --pause 1s",
      });
    }
    const typed = { word, arguments: options.arguments, command: "background set" };
    await withSelectedMigration(invocation, typed, async ({ session, name, snapshot }) => {
      const { changeSettings } = await import("../../../background/control/change_settings.ts");
      const { reason } = options;
      const who = operatorIdentity();
      const changes = await changeSettings(session, name, { snapshot, wanted, who, reason });
      const { database } = name;
      output.print(
        `${database}: ${snapshot.name} ${
          changes.length === 0 ? "is like that already" : changes.map(settingText).join(", ")
        }`,
      );
      output.finished({
        database,
        id: snapshot.id,
        jobClassName: snapshot.name,
        changes: changes.map((change) => ({ ...change, name: settingName(change.name) })),
      });
    });
  });
}

function settingsOf({ workers, pause, targetTime, ...options }: SetOptions): WantedSettings {
  const { batchSize, subBatchSize, maxBatchSize, maxSubBatchSize, interval } = options;
  const { statementTimeout, lockTimeout, maxAttempts, maxQuarantined } = options;
  const all = {
    batchSize,
    subBatchSize,
    maxBatchSize,
    maxSubBatchSize,
    maxWorkers: workers,
    pauseMs: pause,
    interval,
    targetMs: targetTime,
    statementTimeout,
    lockTimeout,
    maxAttempts,
    maxQuarantined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function countOrNone(text: string): number | "none" {
  return text === "none" ? "none" : count(text);
}

function countOrZero(text: string): number {
  return text === "0" ? 0 : count(text);
}

function durationOrNone(text: string): number {
  return durationOf(text, { hasNone: true });
}

function seconds(text: string): number {
  const milliseconds = durationOrNone(text);
  if (milliseconds % 1_000 === 0) return milliseconds / 1_000;
  throw new InvalidArgumentError("write whole seconds, such as 2min, 30s or none.");
}
