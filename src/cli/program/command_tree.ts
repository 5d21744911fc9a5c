// Pure.
/**
 * Navigates commands and subcommands.
 *
 * @module
 */

import type { Command } from "commander";

/** A command and its subcommands, each before its own. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** The subcommand with this name or alias. */
export function innerCommand(command: Command, word: string | undefined): Command | undefined {
  return command.commands.find((one) => one.name() === word);
}

/** The innermost command that the words call; the given command when they call none. */
export function calledCommand(command: Command, words: readonly string[]): Command {
  const inner = innerCommand(command, words[0]);
  return inner ? calledCommand(inner, words.slice(1)) : command;
}

/** The words that call a command: `up`, `log add`; empty for the program itself. */
export function wordsOf(command: Command): string {
  return command.parent ? `${wordsOf(command.parent)} ${command.name()}`.trim() : "";
}
