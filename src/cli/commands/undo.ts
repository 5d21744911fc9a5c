/**
 * `undo` and `redo`
 *
 * @module
 */

import type { Command } from "commander";
import type { Plan, PlanInput } from "../../plan/plan.ts";
import type { RunCommandOptions } from "../apply/run_command.ts";
import { GROUPS, type StartInvocation, withExamples, withRun } from "../invocation/options.ts";

/** Reverts the only migration without children. */
export function undoCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("undo").helpGroup(GROUPS.apply)
    .summary("revert the last migration")
    .description(
      "Reverts the one applied migration that has no applied children. If there are several, " +
        "reverts none and lists them.",
    );
  withExamples(
    withRun(command),
    "migrator undo --db frontend",
    "migrator undo --db frontend --dry-run",
  )
    .action((options: RunCommandOptions) =>
      moveLast("undo", { begin, options, planner: async () => (await plans()).planUndo })
    );
}

/** Reverts the last migration and applies it again. */
export function redoCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("redo").helpGroup(GROUPS.apply)
    .summary("revert the last migration, then apply it again")
    .description(
      "For authors: reverts the last migration as `undo` does, then applies it again from " +
        "the files as they are now.",
    );
  withExamples(withRun(command), "migrator redo --db frontend")
    .action((options: RunCommandOptions) =>
      moveLast("redo", { begin, options, planner: async () => (await plans()).planRedo })
    );
}

const plans = () => import("../../plan/down.ts");

async function moveLast(
  command: string,
  { begin, options, planner }: {
    readonly begin: StartInvocation;
    readonly options: RunCommandOptions;
    readonly planner: () => Promise<(input: PlanInput) => Plan>;
  },
): Promise<void> {
  const invocation = begin(options);
  const { runCommand } = await import("../apply/run_command.ts");
  const { oneDatabase } = await import("../invocation/choose_databases.ts");
  const { storedGraph } = await import("../../source/stored_definitions.ts");
  const { reportChecksumMismatches } = await import(
    "../../workspace/report_checksum_mismatches.ts"
  );
  const plan = await planner();
  await runCommand(invocation, {
    names: [await oneDatabase(invocation, command)],
    options,
    planner: async (target, { history, session }) => {
      const { name, set, history: where } = target;
      await reportChecksumMismatches(invocation, target, { found: history, session });
      const graph = await storedGraph(session, { set, history, where });
      return plan({ database: name, graph, history });
    },
  });
}
