/**
 * `help`
 *
 * @module
 */

import type { Command } from "commander";
import { innerCommand } from "../program/command_tree.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";
import { unknownCommand } from "../program/usage.ts";

/** Shows how a command is used. */
export function helpCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("help").helpGroup(GROUPS.other)
    .summary("show help for a command")
    .description(
      "Shows the options of a command, with examples. Without a command, lists all commands.",
    )
    .argument("[command...]", "the command")
    .option("--man", "print the manual page of all commands, for man");
  withExamples(
    withJson(command),
    "migrator help up",
    "migrator help log add",
    "migrator help --man | man -l -",
  )
    .action(async (words: readonly string[], options: GlobalOptions & { man?: boolean }) => {
      const { output } = begin(options);
      if (options.man) {
        const { manualPage } = await import("../manual/manual_page.ts");
        const text = manualPage(program);
        output.document(text);
        return output.finished({ text });
      }
      words.reduce(withinOrThrow, program).help();
    });
}

function withinOrThrow(program: Command, word: string): Command {
  const inner = innerCommand(program, word);
  if (inner === undefined) throw unknownCommand(word, { program, rest: [] });
  return inner;
}
