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
  /** What to know or to type afterwards. */
  readonly then: (selected: SelectedMigration) => string | undefined;
}

const nobodyNeeded = () => undefined;

const WORDS: Readonly<Record<StateChange, Words>> = {
  pause: {
    summary: "pause one until it is resumed",
    description:
      "Pauses a batched migration. Workers finish the current transaction and return the " +
      "batch with its cursor. No worker runs it until it is resumed. Meanwhile a schema " +
      "migration that finalizes it waits or fails.",
    example: '--reason "sale until Monday"',
    then: ({ snapshot: { jobs: { running } } }) =>
      running === 0
        ? undefined
        : `${formatCount(running, "batch", "batches")} in work ${
          running === 1 ? "ends" : "end"
        } with the present transaction`,
  },
  resume: {
    summary: "resume one that is paused or held",
    description:
      "Resumes a paused batched migration where it stopped. If the throttle holds it because " +
      "of the server's load, workers check the load again at once.",
    example: "",
    then: workersNeeded,
  },
  retry: {
    summary: "retry one that failed",
    description:
      "Retries a failed batched migration after you have fixed the cause. Failed batches " +
      "continue from their cursors; finished rows are not processed again. For quarantined " +
      "rows use background quarantine retry.",
    example: '--reason "constraint dropped"',
    then: workersNeeded,
  },
  delete: {
    summary: "end one for good; its record stays",
    description:
      "Ends a batched migration in whatever state it is. Rows that it has changed stay " +
      "changed. Its record stays: background list --all and background show find it by its " +
      "id. A schema migration that finalizes it fails until it is queued again.",
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

/** The four commands that change a state. */
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
