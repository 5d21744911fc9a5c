/**
 * `convert`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { formatCount } from "../../format/count.ts";
import { type ConvertedLayout, CONVERTIBLE_TO } from "../../source/convertible.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  GROUPS,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

type ConvertOptions = GlobalOptions & {
  readonly to: ConvertedLayout;
  readonly output: string;
};

/** Writes migrations in another layout. */
export function convertCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("convert").helpGroup(GROUPS.author)
    .summary("write migrations in another layout")
    .description(
      "Writes the migrations that it reads, of whatever tool, into a new folder, in one of " +
        "migrator's own layouts. Versions, order, transactions and the checksums of the SQL stay " +
        "what they are, so databases that have applied the old files agree with the new ones. The " +
        "old files stay as they are. Take over the history of another tool first: migrator adopt.",
    )
    .addOption(
      new Option("--to <layout>", "the layout to write").choices(CONVERTIBLE_TO)
        .makeOptionMandatory(),
    )
    .requiredOption("--output <dir>", "where to make a folder for each database");
  withExamples(
    withMigrations(command),
    "migrator convert --migrations db/migrate --to directory --output migrations",
  )
    .action(async (options: ConvertOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const { convertMigrations } = await import("../../source/convert_migrations.ts");
      const root = await invocation.directory() ?? "migrations";
      for (const name of await invocation.databases()) {
        const { set } = await invocation.target(name);
        const paths = await convertMigrations({
          set,
          layout: options.to,
          root,
          output: options.output,
        });
        const migrations = set.definitions.length;
        output.print(
          `${name}: ${
            formatCount(migrations, "migration")
          } of the layout ${set.layout}, written to ` +
            `${options.output}/${name} in the layout ${options.to}`,
        );
        output.record({
          event: "converted",
          database: name,
          from: set.layout,
          to: options.to,
          migrations,
          files: paths,
        });
      }
      output.finished({ to: options.to, output: options.output });
    });
}
