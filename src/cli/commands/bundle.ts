/**
 * `bundle`
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Command } from "commander";
import type { EmbeddedBundle } from "../../bundle/base_executable.ts";
import { Failure } from "../../failure.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import { inspectCommand } from "./bundle/inspect.ts";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";

interface BundleOptions extends GlobalOptions {
  readonly output?: string;
  readonly base?: string;
  readonly sign?: string;
}

/** Makes an executable that carries migrations. */
export function bundleCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("bundle").helpGroup(GROUPS.package)
    .summary("build an executable that carries your migrations")
    .usage("[options]")
    .description(
      "Copies this executable, or one for another platform (--base), and replaces the " +
        "migrations that it carries by yours, with the settings of migrator.yaml. The " +
        "migrations are a ZIP at its end: list them with unzip -l FILE. Needs no compiler and " +
        "no network.",
    )
    .option("--migrations <dir>", "the migrations to carry (default: from migrator.yaml)")
    .option("--output <file>", "the executable to write")
    .option(
      "--base <file>",
      "the migrator executable to copy, for any platform (default: this one)",
    )
    .option(
      "--sign <file>",
      "sign it with this private key (PEM, ed25519), for those who set MIGRATOR_TRUSTED_KEY",
    )
    .option("--config <file>", "the settings to carry (default: ./migrator.yaml)");
  withExamples(
    withJson(command),
    "migrator bundle --migrations ./migrations --output ./shop-migrator",
    "migrator bundle inspect ./shop-migrator",
  )
    .action(async (options: BundleOptions) => {
      const { output, environment, definitions } = begin(options);
      const file = options.output;
      // Not an option that the parser requires: `bundle inspect` has none.
      if (file === undefined) {
        throw new Failure("usage/missing-option", "migrator bundle needs --output <file>.", {
          hint: "For example: migrator bundle --migrations ./migrations --output ./shop-migrator",
        });
      }
      const { bundleWorkspace } = await import("../../workspace/bundle_workspace.ts");
      const { config, ...written } = await bundleWorkspace({
        config: options.config,
        migrations: options.migrations,
        output: file,
        base: options.base,
        sign: options.sign,
        environment,
        definitions,
      });
      output.print(
        `${file}: ${countOf(written)}, ${config ? `settings of ${config}, ` : ""}` +
          `${(written.bytes / 1e6).toFixed(1)} MB; ` +
          `migrator ${written.version} for ${written.target}${options.sign ? ", signed" : ""}`,
      );
      if (written.replaced) {
        output.print(`left out, as its base carried them: ${countOf(written.replaced)}`);
      }
      if (written.target.startsWith("windows-") && !/\.exe$/i.test(file)) {
        output.warn("Windows starts it only when its name ends with .exe");
      }
      output.finished({ output: file, ...written, config });
    });
  inspectCommand(command, begin);
}

function countOf({ migrations, databases }: EmbeddedBundle): string {
  return `${formatCount(migrations, "migration")} of ${databases.join(", ")}`;
}
