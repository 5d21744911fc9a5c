/**
 * `add`
 *
 * @module
 */

import type { Command } from "commander";
import { Failure } from "../../failure.ts";
import { readingOf } from "../../config/reading.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  configOption,
  GROUPS,
  type StartInvocation,
  withExamples,
  withJson,
} from "../invocation/options.ts";

type AddOptions = Omit<GlobalOptions, "db"> & {
  readonly db?: string;
  readonly background?: boolean;
};

/** Writes the files of a new migration. */
export function addCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("add").helpGroup(GROUPS.author)
    .summary("write the files of a new migration")
    .description(
      "Writes the files of a new migration and prints their paths. Its parents are the " +
        "current leaves. Its layout is the one that the database's other migrations have, or " +
        "the one that migrator.yaml names.",
    )
    .argument("<name>", 'what it does, such as "add repository stars"')
    .option("--db <name>", "the database it is for")
    .option("--background", "write a batched migration: background/<name>.yaml")
    .option(
      "--migrations <dir>",
      "the folder that holds a directory for each database (default: from migrator.yaml, " +
        "else ./migrations)",
    );
  withExamples(
    withJson(command.addOption(configOption())),
    'migrator add "add repository stars" --db frontend',
    'migrator add "fill stars" --db frontend --background',
  )
    .action(async (name: string, { db, background, ...options }: AddOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const database = databaseFor(name, { db, background });
      if (name.trim() === "") {
        throw new Failure("usage/invalid-value", "A migration needs a name.", {
          hint: `migrator add "what it does" --db ${database}`,
        });
      }
      const config = await invocation.project();
      const root = await invocation.directory() ?? "migrations";
      const others = background ? [] : await databasesIn(root);
      const { writeInTurn } = await import("../../source/write_in_turn.ts");
      if (background) {
        const { addBackground } = await import("../../source/add_background.ts");
        const path = await writeInTurn(root, {
          clock: systemClock,
          work: () => addBackground({ root, database, name }),
        });
        output.print(path);
        return output.finished({ database, paths: [path] });
      }
      const { addMigration } = await import("../../source/add.ts");
      const { version, parents, paths } = await writeInTurn(root, {
        clock: systemClock,
        work: () =>
          addMigration({
            root,
            database,
            name,
            now: systemClock.now(),
            reading: readingOf(config, database),
          }),
      });
      if (others.length > 0 && !others.includes(database)) {
        output.warn(`${database} is a new database, beside ${others.join(", ")}`);
      }
      for (const path of paths) output.print(path);
      output.finished({ database, version, parents, paths });
    });
}

/** The name becomes a directory, so a slip (`a,b`, an unset variable) must be refused. */
function databaseFor(
  name: string,
  { db, background = false }: {
    readonly db: string | undefined;
    readonly background: boolean | undefined;
  },
): string {
  if (db !== undefined && /^[a-z0-9_][a-z0-9_.-]*$/i.test(db)) return db;
  throw new Failure(
    "usage/one-database",
    db === undefined
      ? "Say which database the migration is for."
      : `A migration is for one database, and "${db}" is no name of one.`,
    {
      hint: `migrator add ${JSON.stringify(name)} --db NAME${background ? " --background" : ""}`,
    },
  );
}

async function databasesIn(directory: string): Promise<readonly string[]> {
  const { openDirectory } = await import("../../source/disk.ts");
  try {
    return (await openDirectory(directory)).databases;
  } catch (error) {
    // The first migration creates the directory.
    if (error instanceof Failure && /^source\/no/.test(error.code)) return [];
    throw error;
  }
}
