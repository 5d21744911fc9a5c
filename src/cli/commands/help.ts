/**
 * `help`
 *
 * @module
 */

import type { Command } from "commander";
import type { GlobalOptions } from "../invocation.ts";
import { type Begin, GROUPS, withExamples, withJson } from "../options.ts";
import { unknownCommand } from "../usage.ts";

/** Shows how a command is used. */
export function helpCommand(program: Command, begin: Begin): void {
  const command = program.command("help").helpGroup(GROUPS.self)
    .summary("show how a command is used")
    .description("Shows how a command is used, with examples; without one, all commands.")
    .argument("[command]", "which one");
  withExamples(withJson(command), "migrator help up")
    .action((name: string | undefined, options: GlobalOptions) => {
      begin(options);
      const wanted = name === undefined
        ? program
        : program.commands.find((command) => command.name() === name);
      if (wanted === undefined) throw unknownCommand(name ?? "", program);
      wanted.help();
    });
}
