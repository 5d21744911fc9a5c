// Pure.
/**
 * Generates the manual page migrator(1) from the program.
 *
 * @module
 */

import type { Command, Help, Option } from "commander";
import { VERSION } from "../../version.ts";
import { wordsOf } from "../program/command_tree.ts";
import { EXIT_STATUSES, REPEATABLE } from "../program/exit_statuses.ts";
import { examplesOf } from "../program/examples.ts";
import { FILES, VARIABLES } from "./environment.ts";
import { bold, entry, paragraph, plain, section, subsection, typed, verbatim } from "./roff.ts";

/** An option that at least this many commands describe alike is described once, for all of them. */
const SHARED_BY = 3;

/** The roff source, with every visible command and option. */
export function manualPage(program: Command): string {
  const help = program.createHelp();
  const commands = visible(program, help);
  const shared = sharedOptions(commands, help);
  return [
    `.TH ${program.name().toUpperCase()} 1 "" "${program.name()} ${VERSION}" "User Commands"`,
    ".ad l",
    ".nh",
    section("Name"),
    `${program.name()} \\- ${plain(firstLower(program.description()).replace(/\.$/, ""))}`,
    section("Synopsis"),
    typed(`${program.name()} <command>`) + plain(" [options]"),
    section("Description"),
    plain(program.description()),
    section("Commands"),
    ...commands.map((command) => commandEntry(command, { help, shared })),
    section("Options of several commands"),
    ...[...shared.values()].map((option) => optionEntry(option, help)),
    section("Exit status"),
    ...EXIT_STATUSES.map(([statuses, meaning]) => entry(bold(statuses.join(", ")), plain(meaning))),
    paragraph(plain(REPEATABLE)),
    section("Environment"),
    ...VARIABLES.map(([names, about]) => entry(bold(names), plain(about))),
    section("Files"),
    ...FILES.map(([names, about]) => entry(bold(names), plain(about))),
    section("Examples"),
    verbatim(examplesOf(program)),
  ].join("\n");
}

/** The visible commands within a command; each before its subcommands. */
function visible(command: Command, help: Help): readonly Command[] {
  return help.visibleCommands(command).flatMap((one) => [one, ...visible(one, help)]);
}

/** In the order of their first use. */
function sharedOptions(commands: readonly Command[], help: Help): ReadonlyMap<string, Option> {
  const met = new Map<string, Option[]>();
  for (const option of commands.flatMap((command) => help.visibleOptions(command))) {
    const key = keyOf(option, help);
    met.set(key, [...met.get(key) ?? [], option]);
  }
  const often = [...met].filter(([, options]) => options.length >= SHARED_BY);
  return new Map(often.map(([key, [option]]) => [key, option!]));
}

function keyOf(option: Option, help: Help): string {
  return `${option.flags} ${help.optionDescription(option)}`;
}

function commandEntry(
  command: Command,
  { help, shared }: { readonly help: Help; readonly shared: ReadonlyMap<string, Option> },
): string {
  const options = help.visibleOptions(command);
  const own = options.filter((option) => !shared.has(keyOf(option, help)));
  const others = options.filter((option) => shared.has(keyOf(option, help)));
  const examples = examplesOf(command);
  return [
    subsection(`${wordsOf(command)} ${command.usage()}`),
    plain(command.description()),
    ...help.visibleArguments(command).map((argument) =>
      entry(typed(`<${argument.name()}>`), plain(help.argumentDescription(argument)))
    ),
    ...own.map((option) => optionEntry(option, help)),
    ...(others.length > 0
      ? [paragraph(`Also ${others.map(({ long, flags }) => bold(long ?? flags)).join(", ")}.`)]
      : []),
    ...(examples.length > 0 ? [verbatim(examples)] : []),
  ].join("\n");
}

function optionEntry(option: Option, help: Help): string {
  return entry(typed(help.optionTerm(option)), plain(help.optionDescription(option)));
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
