/**
 * `version`
 *
 * @module
 */

import type { Command } from "commander";
import { platformName, runtimeName } from "../../runtime/process.ts";
import { VERSION } from "../../version.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";

/** Prints the program's version, target and bundle. */
export function versionCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("version").helpGroup(GROUPS.other)
    .summary("print the version of this program")
    .description(
      "Prints the version of this program. For the state of a database, use: migrator status",
    );
  withExamples(withJson(command), "migrator version")
    .action((options: GlobalOptions) => {
      const { output } = begin(options);
      const runtime = runtimeName();
      const platform = platformName();
      output.print(`migrator ${VERSION} (${runtime}, ${platform})`);
      output.finished({ version: VERSION, runtime, platform });
    });
}
