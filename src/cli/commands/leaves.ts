/**
 * `leaves`
 *
 * @module
 */

import type { Command } from "commander";
import { migrationLabel } from "../../plan/plan.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  GROUPS,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

/** Lists the migrations without children. */
export function leavesCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("leaves").helpGroup(GROUPS.inspect)
    .summary("list the migrations without children")
    .description(
      "Lists the leaves of each database: the migrations without children. `add` makes them " +
        "the parents of a new migration.",
    );
  withExamples(withMigrations(command), "migrator leaves --db frontend")
    .action(async (options: GlobalOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      for (const name of await invocation.databases()) {
        const { graph } = await invocation.target(name);
        for (const leaf of graph.leaves) {
          const definition = graph.get(leaf)!;
          output.print(`${name} ${migrationLabel(definition)}`);
          output.record({ event: "leaf", database: name, version: leaf, name: definition.name });
        }
      }
      output.finished({});
    });
}
