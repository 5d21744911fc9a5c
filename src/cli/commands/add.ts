/**
 * `add`
 *
 * @module
 */

import type { Command } from "commander";
import { Failure } from "../../failure.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, examples, GROUPS } from "../options.ts";

/** Writes the files of a new migration. */
export function addCommand(program: Command, begin: Begin): void {
  program.command("add").helpGroup(GROUPS.write)
    .summary("write the files of a new migration")
    .description(
      "Writes the files of a new migration, built on all current leaves, in the layout that the " +
        "database has already, and prints their paths.",
    )
    .argument("<name>", 'what it does, such as "add repository stars"')
    .option("--db <name>", "the database it is for")
    .option("--migrations <dir>", "where the databases' directories are", "migrations")
    .option("--json", "one JSON object per line on standard output")
    .addHelpText("after", examples('migrator add "add repository stars" --db frontend'))
    .action(
      async (
        name: string,
        options: Omit<GlobalOptions, "db"> & { db?: string; migrations: string },
      ) => {
        const { output } = begin("add", { ...options, db: [] });
        if (options.db === undefined) {
          throw new Failure("usage/one-database", "Say which database the migration is for.", {
            hint: `migrator add ${JSON.stringify(name)} --db NAME`,
          });
        }
        const { addMigration } = await import("../../source/add.ts");
        const { version, parents, paths } = await addMigration({
          root: options.migrations,
          database: options.db,
          name,
          now: systemClock.now(),
        });
        for (const path of paths) output.print(path);
        output.finished({ database: options.db, version, parents, paths });
      },
    );
}
