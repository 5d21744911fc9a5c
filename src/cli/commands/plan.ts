/**
 * `plan`
 *
 * @module
 */

import type { Command } from "commander";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, GROUPS, versions, withExamples, withServer } from "../options.ts";

/** Shows what `up` would do. */
export function planCommand(program: Command, begin: Begin): void {
  const command = program.command("plan").helpGroup(GROUPS.look)
    .summary("show what up would run, in order")
    .description("Shows what `up` would run. Takes no lock and changes nothing.")
    .option(
      "--target <version>",
      "only this migration and what it needs; may be repeated",
      versions,
    );
  withExamples(withServer(command), "migrator plan", "migrator plan --db frontend --json | jq .")
    .action(async (options: GlobalOptions & { target?: readonly bigint[] }) => {
      const invocation = begin(options);
      const { move } = await import("../move.ts");
      const { upPlanner } = await import("../up_planner.ts");
      await move(invocation, {
        options: { ...options, dryRun: true },
        ...await upPlanner(invocation, options.target),
      });
    });
}
