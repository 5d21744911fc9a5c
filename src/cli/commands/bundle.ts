/**
 * `bundle`
 *
 * @module
 */

import type { Command } from "commander";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, GROUPS, withExamples, withJson } from "../options.ts";

/** Makes an executable that carries migrations. */
export function bundleCommand(program: Command, begin: Begin): void {
  const command = program.command("bundle").helpGroup(GROUPS.handOver)
    .summary("make an executable that carries your migrations")
    .description(
      "Copies this executable and appends the migrations as a ZIP. Needs no compiler and no " +
        "network. List what an executable carries with: unzip -l FILE",
    )
    .requiredOption("--migrations <dir>", "the migrations to carry")
    .requiredOption("--output <file>", "the executable to write")
    .option("--base <file>", "a migrator executable for another platform to start from");
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
          `${options.output}: ${written.migrations} migrations of ${
            written.databases.join(", ")
          }, ` +
            `${(written.bytes / 1e6).toFixed(1)} MB`,
        );
        output.finished({ output: options.output, ...written });
      },
    );
}
