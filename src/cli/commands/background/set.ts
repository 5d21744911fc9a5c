/**
 * `background set`
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import {
  SETTING_NAMES,
  type WantedSettings,
} from "../../../background/control/changeable_settings.ts";
import { Failure } from "../../../failure.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import { withSelectedMigration } from "./with_migration.ts";
import { type ReasonOptions, withMigration, withReason } from "./options.ts";
import {
  durationOf,
  parseCountOption,
  parseLimitOption,
  type StartInvocation,
  withExamples,
} from "../../invocation/options.ts";
import { settingName, settingText } from "../../../report/batched_text.ts";

/** The options, three of which have other names than their settings. */
interface SetOptions
  extends ReasonOptions, Omit<WantedSettings, "maxWorkers" | "pauseMs" | "targetMs"> {
  readonly workers?: WantedSettings["maxWorkers"];
  readonly pause?: WantedSettings["pauseMs"];
  readonly targetTime?: WantedSettings["targetMs"];
}

/** Changes sizes, pace and limits of a queued migration. */
export function setCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("set")
    .summary("change batch sizes, pace and limits of one")
    .description(
      "Changes settings of an unfinished batched migration, also while it runs. Workers use " +
        "them from their next batch on. Batch sizes are starting points: they keep adapting to " +
        "the measured time, within the limits. The files do not change; `background show` " +
        "prints the effective settings.",
    )
    .option("--batch-size <n>", "rows in a batch", parseCountOption)
    .option("--sub-batch-size <n>", "rows in a sub-batch (one transaction)", parseCountOption)
    .option("--max-batch-size <n>", "upper limit of the batch size; none: no limit", countOrNone)
    .option(
      "--max-sub-batch-size <n>",
      "upper limit of the sub-batch size; none: no limit",
      countOrNone,
    )
    .option(
      "--target-time <time>",
      "how long a sub-batch should take, such as 500ms",
      parseLimitOption,
    )
    .option("--pause <time>", "rest between two sub-batches; none: no rest", durationOrNone)
    .option(
      "--interval <time>",
      "from the start of a batch to that of the next, in whole seconds; none: at once",
      seconds,
    )
    .option("--workers <n>", "number of workers in all processes; none: no limit", countOrNone)
    .option("--statement-timeout <time>", "for the statements of a sub-batch", parseLimitOption)
    .option("--lock-timeout <time>", "for a lock wait of a sub-batch", parseLimitOption)
    .option(
      "--max-attempts <n>",
      "attempts before a batch fails",
      parseCountOption,
    )
    .option(
      "--max-quarantined <n>",
      "rows that may be quarantined; 0: the first bad row fails it",
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

function settingsOf({ workers, pause, targetTime, ...others }: SetOptions): WantedSettings {
  const all: Readonly<Record<string, unknown>> = {
    ...others,
    maxWorkers: workers,
    pauseMs: pause,
    targetMs: targetTime,
  };
  const given = SETTING_NAMES.filter((name) => all[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, all[name]]));
}

function countOrNone(text: string): number | "none" {
  return text === "none" ? "none" : parseCountOption(text);
}

function countOrZero(text: string): number {
  return text === "0" ? 0 : parseCountOption(text);
}

function durationOrNone(text: string): number {
  return durationOf(text, { hasNone: true });
}

function seconds(text: string): number {
  const milliseconds = durationOrNone(text);
  if (milliseconds % 1_000 === 0) return milliseconds / 1_000;
  throw new InvalidArgumentError("write whole seconds, such as 2min, 30s or none.");
}
