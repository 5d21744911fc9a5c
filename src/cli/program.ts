/**
 * Builds the command line with commander.
 *
 * @module
 */

import { Command } from "commander";
import { columns } from "../runtime/terminal.ts";
import { VERSION } from "../version.ts";
import { type KnownOptions, knowsOptions } from "./program/arguments.ts";
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

/** Commands that tell about the others. */
const TELL_OF_ALL: ReadonlySet<string> = new Set(["help", "__complete"]);

/**
 * The program for these arguments. Loading all commands takes longer than most of them run, so it
 * has only the command that is typed, unless the answer may depend on the others: for help, for
 * options before the command, and for a command or an option that may be mistyped.
 */
export async function programFor(
  args: readonly string[],
  begin: StartInvocation,
  print: (text: string) => void,
): Promise<Command> {
  const [word = ""] = args;
  if (!Object.hasOwn(COMMANDS, word) || TELL_OF_ALL.has(word)) {
    return await buildProgram(begin, print);
  }
  const program = await buildProgram(begin, print, [word]);
  return knowsOptions(args, knownOptions(program)) ? program : await buildProgram(begin, print);
}

/**
 * Builds commands, with their help. It prints only help and the version; usage errors are thrown
 * as `CommanderError`, and so is the end of help.
 *
 * @param print Receives help and version.
 * @param words Those that call the commands. Default: all.
 */
export async function buildProgram(
  begin: StartInvocation,
  print: (text: string) => void,
  words: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const commands = await Promise.all(words.map((word) => COMMANDS[word]!()));
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
  for (const add of commands) add(program, begin);
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
