/**
 * `up`
 *
 * @module
 */

import type { Command } from "commander";
import type { MoveOptions } from "../move.ts";
import { type Begin, GROUPS, versions, withExamples, withRun } from "../options.ts";

/** Applies what is pending. */
export function upCommand(program: Command, begin: Begin): void {
  const command = program.command("up").helpGroup(GROUPS.move)
    .summary("apply what is pending, in every database")
    .description(
      "Applies every migration that is not applied yet, parents before children, each in a " +
        "transaction of its own together with its history row. Any number may be started at the " +
        "same time; one of them works and the others wait for it.",
    )
    .option(
      "--target <version>",
      "only this migration and what it needs; may be repeated",
      versions,
    );
  withExamples(
    withRun(command),
    "migrator up",
    "migrator up --db frontend --dry-run",
    "migrator up --database-url postgres://app@db.example/shop",
    "migrator up --database-url pglite:./try    # no server: embedded PostgreSQL",
  )
    .action(async (options: MoveOptions & { target?: readonly bigint[] }) => {
      const invocation = begin(options);
      const { move } = await import("../move.ts");
      const { upPlanner } = await import("../up_planner.ts");
      await move(invocation, { options, ...await upPlanner(invocation, options.target) });
    });
}
