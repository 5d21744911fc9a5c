/**
 * Mistakes in the command line, as failures that say what to type instead.
 *
 * @module
 */

import type { Command, CommanderError } from "commander";
import { Failure } from "../failure.ts";
import { suggest } from "../suggest.ts";
import { formerOption, formerWord } from "./former_words.ts";
import { exampleOf } from "./options.ts";

/** No command at all. */
export function noCommand(): Failure {
  return new Failure("usage/no-command", "No command was given.", { hint: "migrator help" });
}

/** What is typed to call a command: `up`, `log add`; empty for the program itself. */
export function wordsOf(command: Command): string {
  return command.parent ? `${wordsOf(command.parent)} ${command.name()}`.trim() : "";
}

/** A word that is no command: one that was misspelt, or another tool's. */
export function unknownCommand(word: string, program: Command): Failure {
  const words = wordsOf(program);
  const former = words ? undefined : formerWord(word);
  const meant = suggest(word, program.commands.map((command) => command.name()));
  return new Failure(
    "usage/unknown-command",
    `There is no command "${`${words} ${word}`.trim()}".` + (former ? ` ${former.sentence}` : ""),
    {
      hint: former?.hint ??
        (meant
          ? `migrator ${`${words} ${meant}`.trim()}`
          : `See the commands: ${`migrator help ${words}`.trim()}`),
    },
  );
}

/**
 * What commander refuses. Its own texts are taken apart, because they say neither what to type next
 * nor keep the value of an option to themselves.
 *
 * @param command The one that was called; the program itself where there was none.
 */
export function usageFailure(error: CommanderError, command: Command): Failure {
  const { message } = error;
  const quoted = /'(.*?)'/s.exec(message)?.[1] ?? "";
  const words = wordsOf(command);
  const name = `migrator ${words}`.trim();
  const help = words.includes(" ") ? `${name} --help` : `migrator help ${words}`.trim();
  const example = exampleOf(command);
  const forExample = example ? `For example: ${example}` : help;
  switch (error.code) {
    case "commander.unknownCommand":
      return unknownCommand(quoted, command);
    case "commander.help":
      return new Failure("usage/no-command", `${name} needs a word more.`, { hint: forExample });
    case "commander.unknownOption":
      return unknownOption(quoted, command, { name, help });
    case "commander.optionMissingArgument":
      return new Failure("usage/missing-value", `${flagOf(quoted)} needs a value: ${quoted}.`, {
        hint: help,
      });
    case "commander.missingArgument":
      return new Failure("usage/missing-argument", `${name} needs <${quoted}>.`, {
        hint: forExample,
      });
    case "commander.missingMandatoryOptionValue":
      return new Failure("usage/missing-option", `${name} needs ${quoted}.`, { hint: forExample });
    case "commander.excessArguments":
      return new Failure(
        "usage/excess-argument",
        `${name} was given more than it takes: ${excess(command).map(shown).join(" ")}.`,
        { hint: excessHint(command, { name, help }) },
      );
    case "commander.invalidArgument":
      return new Failure("usage/invalid-value", invalidValue(message), { hint: help });
    default:
      return new Failure("usage/invalid", message.replace(/^error: /, ""), { hint: help });
  }
}

interface Names {
  readonly name: string;
  readonly help: string;
}

function unknownOption(given: string, command: Command, { name, help }: Names): Failure {
  const flag = flagOf(given);
  const options = [command, ...command.commands].flatMap((one) => one.options);
  const known = [
    ...new Set(options.flatMap(({ long, hidden }) => long && !hidden ? [long] : [])),
  ];
  const word = formerOption(`--${flag.replace(/^-+/, "")}`);
  const begun = known.filter((option) => word.length > 4 && option.startsWith(word));
  const meant = begun.length === 1 ? begun[0] : suggest(word, known);
  return new Failure("usage/unknown-option", `${name} has no option ${flag}.`, {
    hint: meant ? `Did you mean ${meant}? See: ${help}` : help,
  });
}

/** An option without its value, which may be a secret: `--password` of `--password=…`. */
function flagOf(text: string): string {
  const [flag = ""] = text.split(/[=\s]/, 1);
  return flag.startsWith("--") || /^-[a-z][a-z-]*$/.test(flag) ? flag : flag.slice(0, 2);
}

function invalidValue(message: string): string {
  const [, option, value, rule] =
    /option '(\S+)[^']*' argument '(.*)' is invalid\. (.*)$/s.exec(message) ?? [];
  if (option !== undefined) return `${option} cannot be "${value}": ${rule}`;
  const [, word, argument, wanted] =
    /value '(.*)' is invalid for argument '(.*?)'\. (.*)$/s.exec(message) ?? [];
  return `<${argument}> cannot be "${word}": ${wanted}`;
}

function excess(command: Command): readonly string[] {
  return command.args.slice(command.registeredArguments.length);
}

/** Where a server is may hold a password that no pattern finds. */
function shown(argument: string): string {
  return isConnection(argument) ? "(a connection string)" : argument;
}

function isConnection(argument: string): boolean {
  return /[=@]|:\/\//.test(argument);
}

function excessHint(command: Command, { name, help }: Names): string {
  const [first = ""] = excess(command);
  const takes = (long: string) => command.options.some((option) => option.long === long);
  if (isConnection(first)) return takes("--database-url") ? `${name} --database-url URL` : help;
  if (command.registeredArguments.length > 0) return help;
  if (/^\d+$/.test(first)) return takes("--target") ? `${name} --target VERSION` : help;
  return takes("--db") && /^\w+$/.test(first) ? `Did you mean ${name} --db ${first}?` : help;
}
