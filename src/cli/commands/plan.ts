/**
 * `plan`
 *
 * @module
 */

import type { Command } from "commander";
import type { GlobalOptions } from "../invocation/invocation.ts";
import type { Plan } from "../../plan/plan.ts";
import type { UpChoice } from "../apply/up_planner.ts";
import {
  fromScratchOption,
  GROUPS,
  htmlOption,
  type HtmlOptions,
  parseVersionsOption,
  type StartInvocation,
  stateOption,
  withExamples,
  withServer,
} from "../invocation/options.ts";

/** Shows what `up` would do. */
export function planCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("plan").helpGroup(GROUPS.inspect)
    .summary("show what up would run, in order")
    .description("Shows what `up` would run, in order. Takes no lock and changes nothing.")
    .option(
      "--target <version>",
      "only this migration and its ancestors; may be repeated",
      parseVersionsOption,
    )
    .addOption(fromScratchOption())
    .option("--no-squash", "as if there were no squash for a new database")
    .addOption(stateOption())
    .addOption(htmlOption());
  withExamples(
    withServer(command),
    "migrator plan",
    "migrator plan --db frontend --json | jq .",
    "migrator plan --db frontend --state status.json",
  )
    .action(
      async (options: GlobalOptions & UpChoice & HtmlOptions & { readonly state?: string }) => {
        const invocation = begin(options);
        if (options.state !== undefined) {
          const { showPlanFor } = await import("../apply/plan_from_state.ts");
          return await showPlanFor(invocation, { ...options, state: options.state });
        }
        const { runCommand } = await import("../apply/run_command.ts");
        const { upPlanner } = await import("../apply/up_planner.ts");
        const { names, planner } = await upPlanner(invocation, options);
        const plans: Plan[] = [];
        await runCommand(invocation, {
          options: { ...options, dryRun: true },
          names,
          planner: async (target, found) => {
            const plan = await planner(target, found);
            plans.push(plan);
            return plan;
          },
          afterwards: async () => {
            if (options.html === undefined) return;
            const { writePlanPage } = await import("./serve/write_page.ts");
            await writePlanPage(invocation, { file: options.html, plans });
          },
        });
      },
    );
}
