// Pure.
/**
 * `commands.md`: every command with its arguments, options and examples.
 *
 * @module
 */

import type { Command, Help, Option } from "commander";
import { wordsOf } from "../../src/cli/program/command_tree.ts";
import { examplesOf } from "../../src/cli/program/examples.ts";
import { blocks, code, contents, inline, link, type Page, page, shell, table } from "./markdown.ts";

/** An option that so many commands describe in the same words is described once for all. */
const SHARED_BY = 3;

const EVERY = "Options of every command";
const SEVERAL = "Options of several commands";

export function commandsPage(program: Command): Page {
  const help = program.createHelp();
  const commands = visible(program, help);
  const met = new Map<string, { readonly option: Option; readonly by: Command[] }>();
  for (const command of commands) {
    for (const option of help.visibleOptions(command)) {
      const known = met.get(keyOf(option, help)) ?? { option, by: [] };
      known.by.push(command);
      met.set(keyOf(option, help), known);
    }
  }
  const every = [...met.values()].filter(({ by }) => by.length === commands.length);
  const several = [...met.values()]
    .filter(({ by }) => by.length < commands.length && by.length >= SHARED_BY);
  const keys = (of: typeof every) => new Set(of.map(({ option }) => keyOf(option, help)));
  const shared = { help, every: keys(every), several: keys(several) };
  return page(
    {
      file: "commands.md",
      title: "Commands",
      about: "every command with its arguments, options and examples",
    },
    `All that \`${program.name()} help COMMAND\` says, for all commands. ` +
      inline(program.description()),
    "An option may stand before or behind the command. `--db NAME`, `--db=NAME` and `-db NAME` mean " +
      "the same.",
    contents([...commands.map(headingOf), EVERY, SEVERAL]),
    ...commands.map((command) => commandText(command, shared)),
    `## ${EVERY}`,
    optionTable(every.map(({ option }) => option), help),
    `## ${SEVERAL}`,
    optionTable(several.map(({ option }) => option), help),
  );
}

/** Those within a command that help lists, each before its own. */
function visible(command: Command, help: Help): readonly Command[] {
  return help.visibleCommands(command).flatMap((one) => [one, ...visible(one, help)]);
}

function headingOf(command: Command): string {
  return `migrator ${wordsOf(command)}`;
}

function keyOf(option: Option, help: Help): string {
  return `${option.flags} ${help.optionDescription(option)}`;
}

function commandText(
  command: Command,
  { help, every, several }: {
    readonly help: Help;
    readonly every: ReadonlySet<string>;
    readonly several: ReadonlySet<string>;
  },
): string {
  const options = help.visibleOptions(command).filter((one) => !every.has(keyOf(one, help)));
  const own = options.filter((one) => !several.has(keyOf(one, help)));
  const others = options.filter((one) => several.has(keyOf(one, help)));
  const inner = help.visibleCommands(command);
  return blocks(
    `## ${headingOf(command)}`,
    `Usage: ${usage(`${headingOf(command)} ${command.usage()}`)}`,
    inline(command.description()),
    table(
      ["argument", "meaning"],
      help.visibleArguments(command).map((argument) => [
        code(argument.name()),
        inline(help.argumentDescription(argument)),
      ]),
    ),
    inner.length === 0
      ? ""
      : `Commands: ${
        inner.map((one) => link(code(one.name()), `#migrator-${wordsOf(one).replaceAll(" ", "-")}`))
          .join(", ")
      }.`,
    optionTable(own, help),
    others.length === 0
      ? ""
      : `Also ${others.map(({ long, flags }) => code(long ?? flags)).join(", ")}: see ` +
        `${link(SEVERAL.toLowerCase(), "#options-of-several-commands")}.`,
    shell(examplesOf(command)),
  );
}

/** Brackets would begin a link. */
function usage(text: string): string {
  return inline(text).replaceAll(/[[\]]/g, (sign) => `\\${sign}`);
}

function optionTable(options: readonly Option[], help: Help): string {
  return table(
    ["option", "meaning"],
    options.map((option) => [
      code(help.optionTerm(option)),
      inline(help.optionDescription(option)),
    ]),
  );
}
