/**
 * `background pause`, `resume`, `retry` and `delete`
 *
 * @module
 */

import type { Command } from "commander";
import type { Change, Changed } from "../../../background/change_state.ts";
import { whoIsThis } from "../../background_crew.ts";
import { type Meant, withMeant } from "../../background_meant.ts";
import { type ReasonOptions, withMigration, withReason } from "../../background_options.ts";
import type { Invocation } from "../../invocation.ts";
import { type Begin, withExamples } from "../../options.ts";

interface Words {
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  /** What to know, or to type, once it is done. */
  readonly then: (meant: Meant) => string | undefined;
}

const nobodyNeeded = () => undefined;

const WORDS: Readonly<Record<Change, Words>> = {
  pause: {
    summary: "stop working on one, until it is resumed",
    description: "Lets workers stop with a batched migration. The transaction that runs is " +
      "finished, the batch is given back with its cursor, and nothing of it is done until it is " +
      "resumed. A schema migration that finalizes it waits, or fails, meanwhile.",
    example: '--reason "sale until Monday"',
    then: ({ standing: { jobs: { running } } }) =>
      running === 0
        ? undefined
        : `${running} ${running === 1 ? "batch" : "batches"} in work ${
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

function workersNeeded({ standing: { jobs }, name: { database } }: Meant): string | undefined {
  return jobs.running > 0
    ? undefined
    : `workers take it from here: migrator background work --db ${database}`;
}

/** The four that change a state. */
export function changeCommands(group: Command, begin: Begin): void {
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
      await withMeant(invocation, typed, (meant) => doIt(invocation, { meant, change, options }));
    });
  }
}

async function doIt(
  { output }: Invocation,
  { meant, change, options: { reason } }: {
    readonly meant: Meant;
    readonly change: Change;
    readonly options: ReasonOptions;
  },
): Promise<void> {
  const { session, name, standing } = meant;
  const { changeState } = await import("../../../background/change_state.ts");
  const changed = await changeState(session, name, {
    standing,
    change,
    who: whoIsThis(),
    reason,
  });
  output.print(`${name.database}: ${standing.name} ${wordOf(changed)}`);
  const then = changed.isSame ? undefined : WORDS[change].then(meant);
  if (then !== undefined) output.print(`  ${output.style.dim(then)}`);
  output.finished({
    database: name.database,
    id: standing.id,
    jobClassName: standing.name,
    status: changed.to,
    previousStatus: changed.from,
    changed: !changed.isSame,
  });
}

function wordOf({ from, to, isSame }: Changed): string {
  if (isSame) return `is ${to} already`;
  return from === to ? `is ${to}; it goes on at once` : `is ${to} (was ${from})`;
}
