/**
 * `upgrade`
 *
 * @module
 */

import type { Command } from "commander";
import type { UpgradeOptions } from "../apply/upgrade.ts";
import {
  GROUPS,
  type StartInvocation,
  withExamples,
  withFinalize,
  withRun,
} from "../invocation/options.ts";

/** Goes forward to a release. */
export function upgradeCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("upgrade").helpGroup(GROUPS.apply)
    .summary("go forward to a release, through required stops")
    .description(
      "Applies the migrations of a release that a database lacks, by the manifest that " +
        "`release cut` wrote. On the way it stops at releases that are required stops, and " +
        "finishes their batched migrations before it goes on. Any number of releases may lie in " +
        "between. Run it again if it was interrupted.",
    )
    .option("--to <tag>", "the release (default: all that this executable carries)");
  withExamples(
    withRun(withFinalize(command)),
    "migrator upgrade --dry-run",
    "migrator upgrade",
    "migrator upgrade --to v1.4.0",
  )
    .action(async (options: UpgradeOptions) => {
      const invocation = begin(options);
      const { upgrade } = await import("../apply/upgrade.ts");
      await upgrade(invocation, options);
    });
}
