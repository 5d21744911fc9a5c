/**
 * `background list`
 *
 * @module
 */

import type { Command } from "commander";
import { Failure, throwCollected } from "../../../failure.ts";
import type { ProgressSnapshot } from "../../../background/status/progress_snapshot.ts";
import { readSnapshotsOf } from "./read_snapshots.ts";
import type { GlobalOptions, Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withServer } from "../../invocation/options.ts";
import { backgroundLines } from "../../output/background_lines.ts";
import { isUnfinished } from "../../../background/state/state_machine.ts";
import { progressFields } from "../../../report/progress_record.ts";

interface ListOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly unfinished?: boolean;
}

/** Lists batched migrations with their state. */
export function listCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("list")
    .summary("show the state of each")
    .description(
      "Shows for each batched migration its id, state, progress, rows per second, time left " +
        "and name, and below it why it is held or has failed. Changes nothing.",
    )
    .option("--unfinished", "only unfinished ones")
    .option("--all", "also those that were replaced or deleted");
  withExamples(
    withServer(command),
    "migrator background list",
    "migrator background list --unfinished --db frontend",
    "migrator background list --all --json",
  ).action(async (options: ListOptions) => {
    const invocation = begin(options);
    const failures: Failure[] = [];
    let unfinished = 0;
    for (const name of await invocation.databases()) {
      try {
        unfinished += await listOne(invocation, { name, options });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failures.push(error);
      }
    }
    throwCollected(failures);
    invocation.output.finished({ unfinished });
  });
}

/** @returns The number of unfinished migrations. */
async function listOne(
  invocation: Invocation,
  { name, options }: { readonly name: string; readonly options: ListOptions },
): Promise<number> {
  const { output, signal } = invocation;
  const connector = await invocation.connector(name);
  const all = await readSnapshotsOf(connector, {
    name: await invocation.history(name),
    signal,
    selection: { all: options.all === true },
  });
  const isOpen = ({ status }: ProgressSnapshot) => isUnfinished(status);
  const shown = options.unfinished ? all.filter(isOpen) : all;
  output.print(`${output.style.bold(name)} on ${connector.label}`);
  for (const line of backgroundLines(shown, output.style)) output.print(line);
  if (shown.length === 0) {
    output.print(
      options.unfinished && all.length > 0 ? "  nothing is unfinished" : "  nothing was queued",
    );
  }
  for (const snapshot of shown) {
    output.record({ event: "batched-migration", ...progressFields(name, snapshot) });
  }
  return all.filter(isOpen).length;
}
