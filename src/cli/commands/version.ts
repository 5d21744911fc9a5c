/**
 * `version`
 *
 * @module
 */

import type { Command } from "commander";
import { platformName, runtimeName } from "../../runtime/process.ts";
import { VERSION } from "../../version.ts";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, GROUPS } from "../options.ts";

/** Prints what this program is. */
export function versionCommand(program: Command, begin: Begin): void {
  program.command("version").helpGroup(GROUPS.self)
    .summary("print the version of this program")
    .option("--json", "one JSON object per line on standard output")
    .action((options: GlobalOptions) => {
      const { output } = begin("version", options);
      const runtime = runtimeName();
      const platform = platformName();
      output.print(`migrator ${VERSION} (${runtime}, ${platform})`);
      output.finished({ version: VERSION, runtime, platform });
    });
}
