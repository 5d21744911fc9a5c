// Pure.
/**
 * Examples of commands: lines that can be typed as they are.
 *
 * @module
 */

import type { Command } from "commander";

const examplesOfCommands = new WeakMap<Command, readonly string[]>();

/** Closes a command's help with its examples. */
export function withExamples(command: Command, ...lines: [string, ...string[]]): Command {
  examplesOfCommands.set(command, lines);
  const text = lines.map((line) => `  $ ${line}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

/** The examples of a command. */
export function examplesOf(command: Command): readonly string[] {
  return examplesOfCommands.get(command) ?? [];
}
