// Pure.
/**
 * Commands within commands.
 *
 * @module
 */

import type { Command } from "commander";

/** A command, and those within it, each before its own. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** The one that a word calls, of those within a command. */
export function innerCommand(command: Command, word: string | undefined): Command | undefined {
  return command.commands.find((one) => one.name() === word);
}

/** The innermost command that words begin with; the given one for none. */
export function calledCommand(command: Command, words: readonly string[]): Command {
  const inner = innerCommand(command, words[0]);
  return inner ? calledCommand(inner, words.slice(1)) : command;
}

/** What is typed to call a command: `up`, `log add`; empty for the program itself. */
export function wordsOf(command: Command): string {
  return command.parent ? `${wordsOf(command.parent)} ${command.name()}`.trim() : "";
}
