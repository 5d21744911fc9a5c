/**
 * `background pause`, `resume`, `retry` and `delete`
 *
 * @module
 */

import { formatCount } from "../../../format/count.ts";
import type { Command } from "commander";
import type { StateChange, StateChangeResult } from "../../../background/control/change_state.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import { type SelectedMigration, withSelectedMigration } from "./with_migration.ts";
import { type ReasonOptions, withMigration, withReason } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples } from "../../invocation/options.ts";

interface Words {
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  /** What to know, or to type, once it is done. */
  readonly then: (selected: SelectedMigration) => string | undefined;
}

const nobodyNeeded = () => undefined;

const WORDS: Readonly<Record<StateChange, Words>> = {
  pause: {
    summary: "stop working on one, until it is resumed",
    description: "Lets workers stop with a batched migration. The transaction that runs is " +
      "finished, the batch is given back with its cursor, and nothing of it is done until it is " +
      "resumed. A schema migration that finalizes it waits, or fails, meanwhile.",
    example: '--reason "sale until Monday"',
    then: ({ snapshot: { jobs: { running } } }) =>
      running === 0
        ? undefined
        : `${formatCount(running, "batch", "batches")} in work ${
          running === 1 ? "ends" : "end"
        } with the present transaction`,
  },
  resume: {
    summary: "go on with one that is paused or held",
    description:
      "Lets workers go on with a batched migration that was paused, where it was. One that is " +
      "held back because of the server's health is looked at again at once.",
    example: "",
    then: workersNeeded,
  },
  retry: {
    summary: "go on with one that failed",
    description:
      "Lets workers go on with a batched migration that has failed, once what it failed of is " +
      "mended: batches that failed begin anew at their cursors. What is done is not done again. " +
      "For rows that were put aside: background quarantine retry.",
    example: '--reason "constraint dropped"',
    then: workersNeeded,
  },
  delete: {
    summary: "take one out for good; its rows stay for history",
    description:
      "Ends a batched migration wherever it is. What was moved stays moved. Nothing is deleted " +
      "from the tables: background list --all and show know it by its id. A schema migration that " +
      "finalizes it fails, until it is queued anew.",
    example: '--reason "queued by mistake"',
    then: nobodyNeeded,
  },
};

function workersNeeded(
  { snapshot: { jobs }, name: { database } }: SelectedMigration,
): string | undefined {
  return jobs.running > 0
    ? undefined
    : `workers take it from here: migrator background work --db ${database}`;
}

/** The four that change a state. */
export function changeCommands(group: Command, begin: StartInvocation): void {
  for (const change of ["pause", "resume", "retry", "delete"] as const) {
    const { summary, description, example } = WORDS[change];
    const command = withReason(group.command(change).summary(summary).description(description));
    withExamples(
      withMigration(command),
      `migrator background ${change} backfill_routes ${example}`.trim(),
      `migrator background ${change} 12 --db frontend`,
    ).action(async (word: string, options: ReasonOptions) => {
      const invocation = begin(options);
      const typed = { word, arguments: options.arguments, command: `background ${change}` };
      await withSelectedMigration(
        invocation,
        typed,
        (selected) => doIt(invocation, { selected, change, options }),
      );
    });
  }
}

async function doIt(
  { output }: Invocation,
  { selected, change, options: { reason } }: {
    readonly selected: SelectedMigration;
    readonly change: StateChange;
    readonly options: ReasonOptions;
  },
): Promise<void> {
  const { session, name, snapshot } = selected;
  const { changeState } = await import("../../../background/control/change_state.ts");
  const stateChangeResult = await changeState(session, name, {
    snapshot,
    change,
    who: operatorIdentity(),
    reason,
  });
  output.print(`${name.database}: ${snapshot.name} ${wordOf(stateChangeResult)}`);
  const then = stateChangeResult.isSame ? undefined : WORDS[change].then(selected);
  if (then !== undefined) output.print(`  ${output.style.dim(then)}`);
  output.finished({
    database: name.database,
    id: snapshot.id,
    jobClassName: snapshot.name,
    status: stateChangeResult.to,
    previousStatus: stateChangeResult.from,
    changed: !stateChangeResult.isSame,
  });
}

function wordOf({ from, to, isSame }: StateChangeResult): string {
  if (isSame) return `is ${to} already`;
  return from === to ? `is ${to}; it goes on at once` : `is ${to} (was ${from})`;
}
