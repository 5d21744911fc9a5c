/**
 * Turns usage errors into failures that say what to type instead.
 *
 * @module
 */

import { type Command, CommanderError } from "commander";
import { type Code, Failure } from "../../failure.ts";
import { suggest } from "../../suggest.ts";
import { innerCommand, wordsOf } from "./command_tree.ts";
import { commandAlias, optionAlias } from "./command_aliases.ts";
import { examplesOf } from "./examples.ts";

/** The failure for a missing command. */
export function noCommand(): Failure {
  return new Failure("usage/no-command", "No command was given.", { hint: "migrator help" });
}

/**
 * The failure for an unknown command: a misspelling, or another tool's command.
 *
 * @param rest The words after it.
 */
export function unknownCommand(
  word: string,
  { program, rest }: { readonly program: Command; readonly rest: readonly string[] },
): Failure {
  const words = wordsOf(program);
  const within = (name: string) => `${words} ${name}`.trim();
  // Other tools group their commands under a word: `db status`, `migrate status`.
  const inner = words ? undefined : innerCommand(program, rest[0]);
  const former = words || inner ? undefined : commandAlias(word, rest);
  const names = namesOf(program);
  const meant = inner?.name() ?? suggest(word, names) ?? only(names, word);
  const hint = isConnection(word) ? `migrator ${meant ?? "up"} --database-url URL` : former?.hint ??
    (meant ? `migrator ${within(meant)}` : `See the commands: migrator help ${words}`.trim());
  return new Failure(
    "usage/unknown-command",
    `There is no command "${within(shown(word))}".${former ? ` ${former.sentence}` : ""}`,
    { hint },
  );
}

/** The failure for an unknown error code. */
export function unknownCode(word: string, meant: Code | undefined): Failure {
  return new Failure("usage/unknown-code", `There is no error code "${shown(word)}".`, {
    hint: meant ? `migrator help ${meant}` : "See all error codes: migrator help errors",
  });
}

/** The only known word that begins with this text. */
function only(known: readonly string[], beginning: string): string | undefined {
  const begun = known.filter((one) => beginning !== "" && one.startsWith(beginning));
  return begun.length === 1 ? begun[0] : undefined;
}

function namesOf(program: Command): readonly string[] {
  return program.createHelp().visibleCommands(program).map((command) => command.name());
}

/**
 * Translates commander's errors. Its own messages are parsed, because they neither name the next
 * command nor hide the value of an option.
 *
 * @param command The command that was called; the program itself when there was none.
 */
export function usageFailure(error: CommanderError, command: Command): Failure {
  const { message } = error;
  const quoted = /'(.*?)'/s.exec(message)?.[1] ?? "";
  const words = wordsOf(command);
  const name = `migrator ${words}`.trim();
  const help = `migrator help ${words}`.trim();
  const [example] = examplesOf(command);
  const forExample = example ? `For example: ${example}` : help;
  switch (error.code) {
    case "commander.unknownCommand":
      return unknownCommand(quoted, { program: command, rest: command.args.slice(1) });
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
      return new Failure("usage/invalid-value", invalidValue(message), {
        hint: / a version is /.test(message) ? "See the versions there are: migrator status" : help,
      });
    case "commander.conflictingOption": {
      const options = [...message.matchAll(/'(-[^\s']+)[^']*'/g)].map(([, option]) => option);
      return new Failure("usage/invalid", `Say either ${options.join(" or ")}, not both.`, {
        hint: help,
      });
    }
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
  const own = command.options.find((option) => option.long === flag);
  if (own && given.includes("=")) {
    return new Failure(
      "usage/unexpected-value",
      `${flag} is said or left out: it takes no value.`,
      {
        hint: /=(false|no|off|0)$/i.test(given) ? `Leave ${flag} out.` : `Write ${flag} alone.`,
      },
    );
  }
  const options = [command, ...command.commands].flatMap((one) => one.options);
  const known = [
    ...new Set(options.flatMap(({ long, hidden }) => long && !hidden ? [long] : [])),
  ];
  const plain = `--${flag.replace(/^-+/, "")}`;
  if (known.includes(flag) && own === undefined) {
    // The option belongs to the commands of this group, and none was named.
    return usageFailure(new CommanderError(2, "commander.help", ""), command);
  }
  const argument = command.registeredArguments.find((one) => `--${one.name()}` === plain);
  if (argument) {
    return new Failure("usage/unknown-option", `${name} has no option ${flag}.`, {
      hint: `Write it without ${flag}: ${name} ${argument.name().toUpperCase()}`,
    });
  }
  const word = optionAlias(plain);
  const meant = (word.length > 4 ? only(known, word) : undefined) ?? suggest(word, known);
  return new Failure("usage/unknown-option", `${name} has no option ${flag}.`, {
    hint: meant
      ? `Did you mean ${meant}? See: ${help}`
      : ELSEWHERE[`${name} ${word}`] ?? ELSEWHERE[word] ?? help,
  });
}

/** Options that exist, but not for that command. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "--ignore-single-dirty-log": "What is dirty is settled by: migrator repair",
  "--ignore-single-pending-log": "What is dirty is settled by: migrator repair",
  "--version": "migrator version",
  "migrator drift --version": "The history says what is applied: migrator drift --db NAME",
  "migrator version --db": "Where a database stands: migrator status",
  "migrator version --database-url": "Where a database stands: migrator status",
  "migrator down --all": "Say how many: migrator down N --db NAME",
};

/** The option without its value, which may be secret: `--password` of `--password=…`. */
function flagOf(text: string): string {
  const [flag = ""] = text.split(/[=\s]/, 1);
  return flag.startsWith("--") || /^-[a-z][a-z-]*$/.test(flag) ? flag : flag.slice(0, 2);
}

function invalidValue(message: string): string {
  const [, option, value, rule] =
    /option '(\S+)[^']*' argument '(.*)' is invalid\. (.*)$/s.exec(message) ?? [];
  if (option !== undefined) return `${option} cannot be "${value}": ${readable(rule ?? "")}`;
  const [, word, argument, wanted] =
    /value '(.*)' is invalid for argument '(.*?)'\. (.*)$/s.exec(message) ?? [];
  return `<${argument}> cannot be "${word}": ${readable(wanted ?? "")}`;
}

/** Turns a list of allowed values into a sentence. */
function readable(rule: string): string {
  const choices = /^Allowed choices are (.*)\.$/.exec(rule)?.[1]?.split(", ");
  if (choices === undefined) return rule;
  return `write ${[choices.slice(0, -1).join(", "), ...choices.slice(-1)].join(" or ")}.`;
}

function excess(command: Command): readonly string[] {
  return command.args.slice(command.registeredArguments.length);
}

/** A server's address may contain a password that no pattern matches. */
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
  if (/^\d+$/.test(first)) {
    if (takes("--target")) return `${name} --target VERSION`;
    return name === "migrator undo" ? `migrator down ${first}` : help;
  }
  if (takes("--timeout") && /^\d/.test(first)) return `${name} --timeout ${first}`;
  return takes("--db") && /^\w+$/.test(first) ? `Did you mean ${name} --db ${first}?` : help;
}
