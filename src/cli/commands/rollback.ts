/**
 * `rollback`
 *
 * @module
 */

import type { Command } from "commander";
import type { RollbackOptions } from "../apply/rollback.ts";
import {
  abandonOption,
  GROUPS,
  type StartInvocation,
  withExamples,
  withFinalize,
  withRun,
} from "../invocation/options.ts";

/** Takes databases back to a release. */
export function rollbackCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("rollback").helpGroup(GROUPS.apply)
    .summary("take the databases back to an older release")
    .description(
      "Reverts every applied migration that this executable does not carry, children before " +
        "parents, by the down scripts that the database has stored; then applies what it carries " +
        "and the database lacks. So the executable of the older release is all that a rollback " +
        "needs; a newer one goes back with --to. Batched migrations are stopped first, and undone by their `down`. All databases " +
        "are looked at before the first one is changed, the last one first; if any cannot be " +
        "taken back to the end, nothing is run. Run it again if it was interrupted. (To revert the " +
        "last migration of the files at hand: migrator undo.)",
    )
    .option("--to <tag>", "the release to go to (default: what this executable carries)")
    .addOption(abandonOption());
  withExamples(
    withRun(withFinalize(command)),
    "migrator rollback --dry-run    # the whole way, and what would be lost",
    "migrator rollback",
    "migrator rollback --to v1.3.0",
  )
    .action(async (options: RollbackOptions & { readonly to?: string }) => {
      const invocation = begin(options);
      const names = (await invocation.databases()).toReversed();
      const { rollback } = await import("../apply/rollback.ts");
      const { releasesOf } = await import("../../workspace/releases.ts");
      const { findRelease } = await import("../../release/releases.ts");
      const release = options.to === undefined
        ? undefined
        : findRelease(await releasesOf(invocation), options.to);
      await rollback(invocation, { names, options, release });
    });
}
