/**
 * `help`
 *
 * @module
 */

import type { Command } from "commander";
import { innerCommand } from "../command_tree.ts";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, GROUPS, withExamples, withJson } from "../options.ts";
import { unknownCommand } from "../usage.ts";

/** Shows how a command is used. */
export function helpCommand(program: Command, begin: Begin): void {
  const command = program.command("help").helpGroup(GROUPS.self)
    .summary("show how a command is used")
    .description("Shows how a command is used, with examples; without one, all commands.")
    .argument("[command...]", "which one");
  withExamples(withJson(command), "migrator help up", "migrator help log add")
    .action((words: readonly string[], options: GlobalOptions) => {
      begin(options);
      words.reduce(withinOrThrow, program).help();
    });
}

function withinOrThrow(program: Command, word: string): Command {
  const inner = innerCommand(program, word);
  if (inner === undefined) throw unknownCommand(word, { program, rest: [] });
  return inner;
}
