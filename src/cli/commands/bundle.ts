/**
 * `bundle`
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Command } from "commander";
import type { EmbeddedBundle } from "../../bundle/base_executable.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";

interface BundleOptions extends GlobalOptions {
  readonly output: string;
  readonly base?: string;
}

/** Makes an executable that carries migrations. */
export function bundleCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("bundle").helpGroup(GROUPS.package)
    .summary("build an executable that carries your migrations")
    .description(
      "Copies this executable, or one for another platform (--base), and replaces the " +
        "migrations that it carries by yours, with the settings of migrator.yaml. The " +
        "migrations are a ZIP at its end: list them with unzip -l FILE. Needs no compiler and " +
        "no network.",
    )
    .option("--migrations <dir>", "the migrations to carry (default: from migrator.yaml)")
    .requiredOption("--output <file>", "the executable to write")
    .option(
      "--base <file>",
      "the migrator executable to copy, for any platform (default: this one)",
    )
    .option("--config <file>", "the settings to carry (default: ./migrator.yaml)");
  withExamples(
    withJson(command),
    "migrator bundle --migrations ./migrations --output ./shop-migrator",
  )
    .action(async (options: BundleOptions) => {
      const { output, environment, definitions } = begin(options);
      const { bundleWorkspace } = await import("../../workspace/bundle_workspace.ts");
      const { config, ...written } = await bundleWorkspace({
        config: options.config,
        migrations: options.migrations,
        output: options.output,
        base: options.base,
        environment,
        definitions,
      });
      output.print(
        `${options.output}: ${countOf(written)}, ${config ? `settings of ${config}, ` : ""}` +
          `${(written.bytes / 1e6).toFixed(1)} MB; ` +
          `migrator ${written.version} for ${written.target}`,
      );
      if (written.replaced) {
        output.print(`left out, as its base carried them: ${countOf(written.replaced)}`);
      }
      if (written.target.startsWith("windows-") && !/\.exe$/i.test(options.output)) {
        output.warn("Windows starts it only when its name ends with .exe");
      }
      output.finished({ output: options.output, ...written, config });
    });
}

function countOf({ migrations, databases }: EmbeddedBundle): string {
  return `${formatCount(migrations, "migration")} of ${databases.join(", ")}`;
}
