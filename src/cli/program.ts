/**
 * Builds the command line with commander.
 *
 * @module
 */

import { Command } from "commander";
import { columns } from "../runtime/terminal.ts";
import { VERSION } from "../version.ts";
import type { KnownOptions } from "./program/arguments.ts";
import { everyCommand } from "./program/command_tree.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT_STATUSES, REPEATABLE } from "./program/exit_statuses.ts";
import { GENERAL, type StartInvocation, withExamples } from "./invocation/options.ts";
import { wrap } from "./output/wrap.ts";

/** A non-breaking space keeps each status on the line of its meaning. */
const EXIT_STATUS = wrap(
  "",
  `Exit status: ${
    EXIT_STATUSES.map(([statuses, meaning]) => `${statuses.join(" and ")}\u00a0${meaning}`).join(
      ", ",
    )
  }. ${REPEATABLE}`,
).join("\n").replaceAll("\u00a0", " ");

/**
 * Builds every command, with its help. It prints only help and the version; usage errors are thrown
 * as `CommanderError`, and so is the end of help.
 *
 * @param print Receives help and version.
 */
export function buildProgram(begin: StartInvocation, print: (text: string) => void): Command {
  const program = new Command("migrator")
    .description(
      "Applies migrations to PostgreSQL databases, and reverts them. The executable carries " +
        "the migrations.",
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
      // Without "[options]", which every command takes, the summaries fit beside the names.
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
  // migrator's own help command replaces commander's.
  for (const command of everyCommand(program)) command.helpCommand(false);
  return withExamples(
    program,
    "migrator plan --database-url postgres://app@db.example/shop",
    "migrator up --database-url pglite:./try    # no server: embedded PostgreSQL",
    "migrator help up",
  ).addHelpText("after", `\n${EXIT_STATUS}`);
}

/** The long options of the program and all its commands, and `-h`. */
export function knownOptions(program: Command): KnownOptions {
  const options = everyCommand(program).flatMap((command) => command.options)
    .map(({ long, required, optional }) => [long ?? "", required || optional] as const);
  const help = [["--help", false], ["-h", false]] as const;
  return new Map([...options, ...help].map(([name, takesValue]) => [name, { takesValue }]));
}
