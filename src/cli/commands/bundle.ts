/**
 * `bundle`
 *
 * @module
 */

import type { Command } from "commander";
import type { Carried } from "../../bundle/base.ts";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, GROUPS, withExamples, withJson } from "../options.ts";

/** Makes an executable that carries migrations. */
export function bundleCommand(program: Command, begin: Begin): void {
  const command = program.command("bundle").helpGroup(GROUPS.handOver)
    .summary("make an executable that carries your migrations")
    .description(
      "Copies this executable, or one for another platform (--base), and appends the migrations as " +
        "a ZIP, in the place of those that it carried. Needs no compiler and no network. List what " +
        "an executable carries with: unzip -l FILE",
    )
    .requiredOption("--migrations <dir>", "the migrations to carry")
    .requiredOption("--output <file>", "the executable to write")
    .option(
      "--base <file>",
      "a migrator executable to start from, for any platform; default: this one",
    );
  withExamples(
    withJson(command),
    "migrator bundle --migrations ./migrations --output ./shop-migrator",
  )
    .action(
      async (
        options: GlobalOptions & { migrations: string; output: string; base?: string },
      ) => {
        const { output } = begin(options);
        const { bundleMigrations } = await import("../../bundle/bundle_migrations.ts");
        const written = await bundleMigrations({
          migrations: options.migrations,
          output: options.output,
          base: options.base,
        });
        output.print(
          `${options.output}: ${countOf(written)}, ${(written.bytes / 1e6).toFixed(1)} MB; ` +
            `migrator ${written.version} for ${written.target}`,
        );
        if (written.replaced) {
          output.print(`left out, as its base carried them: ${countOf(written.replaced)}`);
        }
        if (written.target.startsWith("windows-") && !/\.exe$/i.test(options.output)) {
          output.warn("Windows starts it only when its name ends with .exe");
        }
        output.finished({ output: options.output, ...written });
      },
    );
}

function countOf({ migrations, databases }: Carried): string {
  return `${migrations} migrations of ${databases.join(", ")}`;
}
