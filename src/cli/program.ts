/**
 * The command line as commander knows it.
 *
 * @module
 */

import { Command } from "commander";
import { columns } from "../runtime/terminal.ts";
import { VERSION } from "../version.ts";
import type { KnownOptions } from "./arguments.ts";
import { everyCommand } from "./command_tree.ts";
import { COMMANDS } from "./commands.ts";
import { type Begin, GENERAL, withExamples } from "./options.ts";

const EXIT_STATUS = `
Exit status: 0 done, 1 found (status --exit-code, doctor) or not ready (wait),
2 command line or settings, 3 connection, 4 migration files, 5 history needs a
person, 6 lock, 7 SQL, 70 defect of this program, 130 and 143 stopped by a
signal. 3 and 6 are safe to repeat.`;

/**
 * Every command, with its help. Nothing is printed but help and the version; mistakes are thrown as
 * `CommanderError`, and so is the end of help.
 *
 * @param print Is given help and version.
 */
export function buildProgram(begin: Begin, print: (text: string) => void): Command {
  const program = new Command("migrator")
    .description(
      "Brings PostgreSQL databases up to date, and back again, with the migrations it carries.",
    )
    .usage("<command> [options]")
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: print,
      outputError: () => {},
      getOutHelpWidth: columns,
      getErrHelpWidth: columns,
    })
    .configureHelp({
      // Without "[options]", which all of them take, the summaries fit beside the names.
      subcommandTerm: (command) =>
        [
          command.name(),
          ...command.registeredArguments.map((argument) =>
            argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
          ),
        ].join(" "),
    })
    .showSuggestionAfterError(false)
    .enablePositionalOptions()
    .optionsGroup(GENERAL)
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help");
  for (const add of COMMANDS) add(program, begin);
  // There is one of our own, which knows them all.
  for (const command of everyCommand(program)) command.helpCommand(false);
  return withExamples(
    program,
    "migrator plan --database-url postgres://app@db.example/shop",
    "migrator up --database-url pglite:./try    # no server: embedded PostgreSQL",
    "migrator help up",
  ).addHelpText("after", EXIT_STATUS);
}

/** The long options of the program and all its commands. */
export function knownOptions(program: Command): KnownOptions {
  const options = everyCommand(program).flatMap((command) => command.options)
    .map(({ long, required, optional }) =>
      [long ?? "", { takesValue: required || optional }] as const
    );
  return new Map([...options, ["--help", { takesValue: false }]]);
}
