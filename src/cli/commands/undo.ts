/**
 * `undo` and `redo`
 *
 * @module
 */

import type { Command } from "commander";
import type { Plan, Situation } from "../../plan/plan.ts";
import type { MoveOptions } from "../move.ts";
import { type Begin, GROUPS, withExamples, withRun } from "../options.ts";

/** Takes back the one migration that nothing is built on. */
export function undoCommand(program: Command, begin: Begin): void {
  const command = program.command("undo").helpGroup(GROUPS.move)
    .summary("take back the last migration")
    .description(
      "Takes back the applied migration on which no other applied one is built. Refuses when there " +
        "are several such, and lists them.",
    );
  withExamples(
    withRun(command),
    "migrator undo --db frontend",
    "migrator undo --db frontend --dry-run",
  )
    .action((options: MoveOptions) =>
      moveLast("undo", { begin, options, planner: async () => (await plans()).planUndo })
    );
}

/** Takes the last migration back and applies it again. */
export function redoCommand(program: Command, begin: Begin): void {
  const command = program.command("redo").helpGroup(GROUPS.move)
    .summary("take the last migration back and apply it again")
    .description("For authors: what `undo` takes back is applied again, as it is on disk now.");
  withExamples(withRun(command), "migrator redo --db frontend")
    .action((options: MoveOptions) =>
      moveLast("redo", { begin, options, planner: async () => (await plans()).planRedo })
    );
}

const plans = () => import("../../plan/down.ts");

async function moveLast(
  command: string,
  { begin, options, planner }: {
    readonly begin: Begin;
    readonly options: MoveOptions;
    readonly planner: () => Promise<(situation: Situation) => Plan>;
  },
): Promise<void> {
  const invocation = begin(options);
  const { move } = await import("../move.ts");
  const { oneDatabase } = await import("../choose.ts");
  const { rememberedGraph } = await import("../../source/remembered.ts");
  const { tellEdited } = await import("../../product/tell_edited.ts");
  const plan = await planner();
  await move(invocation, {
    names: [await oneDatabase(invocation, command)],
    options,
    planner: async (target, { history, session }) => {
      const { name, set, history: where } = target;
      const graph = await rememberedGraph(session, { set, history, where });
      const decided = plan({ database: name, graph, history });
      return await tellEdited(invocation, target, { plan: decided, session });
    },
  });
}
