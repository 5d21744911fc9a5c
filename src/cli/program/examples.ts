// Pure.
/**
 * Examples in a command's help: lines that can be typed unchanged.
 *
 * @module
 */

import type { Command } from "commander";

const examplesOfCommands = new WeakMap<Command, readonly string[]>();

/** Appends examples to a command's help. */
export function withExamples(command: Command, ...lines: [string, ...string[]]): Command {
  examplesOfCommands.set(command, lines);
  const text = lines.map((line) => `  $ ${line}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

/** The examples of a command. */
export function examplesOf(command: Command): readonly string[] {
  return examplesOfCommands.get(command) ?? [];
}
