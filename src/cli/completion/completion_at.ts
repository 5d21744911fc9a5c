// Pure.
/**
 * Finds what can stand at the cursor. It reads the commander program, so a new command is completed
 * without a change here.
 *
 * @module
 */

import type { Argument, Command, Help, Option } from "commander";
import { calledCommand, everyCommand, innerCommand } from "../program/command_tree.ts";

/** A word that can be typed, and its description. */
export interface CompletionWord {
  readonly word: string;
  readonly about: string;
}

/** Where the words come from. */
export type CompletionSource =
  | { readonly kind: "words"; readonly words: readonly CompletionWord[] }
  /** The shell completes files itself. */
  | { readonly kind: "files" | "directories" }
  /** Commands, and error codes, which are loaded on demand. */
  | { readonly kind: "help"; readonly commands: readonly CompletionWord[] }
  /** Depends on the migrations. */
  | { readonly kind: "databases" | "versions" };

/** What can stand at the cursor. */
export interface Completion {
  readonly source: CompletionSource;
  /** Text that precedes each word: in `--db one,two`, the databases before the last comma. */
  readonly before: string;
  /** The options before the cursor, as their command would receive them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * @param words All words after the program's name; the last is the one at the cursor, may be empty.
 */
export function completionAt(program: Command, words: readonly string[]): Completion {
  const help = program.createHelp();
  const state = read(program, words.slice(0, -1));
  const current = words.at(-1) ?? "";
  const [flag = "", ...rest] = current.split("=");
  const inline = state.onlyArguments || rest.length === 0
    ? undefined
    : findOption(state.command, { flag, program });
  const option = state.open ?? inline;
  const list = (inline ? rest.join("=") : current).split(",").slice(0, -1);
  return {
    source: option ? valuesOf(option) : wordsAt(state, { program, help, current }),
    before: list.map((one) => `${one},`).join(""),
    options: state.options,
  };
}

interface State {
  readonly command: Command;
  /** Number of arguments before the cursor. */
  readonly given: readonly string[];
  /** The option whose value is at the cursor. */
  readonly open: Option | undefined;
  /** Flags that were given and need no repetition. */
  readonly flags: ReadonlySet<Option>;
  readonly options: Readonly<Record<string, unknown>>;
  /** True after `--`. */
  readonly onlyArguments: boolean;
}

/** Reads words as the command line does, and skips what it would refuse. */
function read(program: Command, words: readonly string[]): State {
  let command = program;
  let open: Option | undefined;
  let onlyArguments = false;
  const given: string[] = [];
  const flags = new Set<Option>();
  const options: Record<string, unknown> = {};
  const take = (option: Option, value: string) => {
    const name = option.attributeName();
    try {
      options[name] = option.parseArg ? option.parseArg(value, options[name]) : value;
    } catch {
      // The command itself will refuse the value; completion ignores it.
    }
  };
  for (const word of words) {
    if (open) {
      take(open, word);
      open = undefined;
    } else if (word === "--") onlyArguments = true;
    else if (word.startsWith("-") && !onlyArguments) {
      const [flag = "", ...rest] = word.split("=");
      const option = findOption(command, { flag, program });
      if (option === undefined) continue;
      if (!takesValue(option)) flags.add(option);
      else if (rest.length > 0) take(option, rest.join("="));
      else open = option;
    } else {
      const inner = given.length === 0 && innerCommand(command, word);
      if (inner) command = inner;
      else given.push(word);
    }
  }
  return { command, given, open, flags, options, onlyArguments };
}

/** Before the command's name, any command's option is accepted, also with one dash. */
function findOption(
  command: Command,
  { flag, program }: { readonly flag: string; readonly program: Command },
): Option | undefined {
  const within = command === program ? everyCommand(command) : [command];
  const options = within.flatMap((one) => one.options);
  const long = flag.startsWith("--") ? flag : `-${flag}`;
  return options.find((option) => option.long === long || option.short === flag);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function wordsAt(
  state: State,
  { program, help, current }: {
    readonly program: Command;
    readonly help: Help;
    readonly current: string;
  },
): CompletionSource {
  const { command, given, onlyArguments } = state;
  const options: CompletionSource = { kind: "words", words: optionsOf(state, help) };
  if (current.startsWith("-") && !onlyArguments) return options;
  const commands = given.length === 0 ? commandsOf(command, help) : [];
  if (commands.length > 0) return { kind: "words", words: commands };
  const { registeredArguments: known } = command;
  const argument = known[given.length] ?? known.findLast((one) => one.variadic);
  if (argument === undefined) return onlyArguments ? NOTHING : options;
  if (argument.name() !== "command") return argumentsFor(argument);
  const within = commandsOf(calledCommand(program, given), help);
  return given.length === 0 ? { kind: "help", commands: within } : { kind: "words", words: within };
}

const NOTHING: CompletionSource = { kind: "words", words: [] };

function optionsOf({ command, flags }: State, help: Help): readonly CompletionWord[] {
  return help.visibleOptions(command).filter((option) => option.long && !flags.has(option))
    .map((option) => ({ word: option.long!, about: option.description }));
}

function commandsOf(command: Command, help: Help): readonly CompletionWord[] {
  return help.visibleCommands(command)
    .map((one) => ({ word: one.name(), about: one.summary() || one.description() }));
}

function valuesOf({ flags, long, argChoices }: Option): CompletionSource {
  if (argChoices) return { kind: "words", words: argChoices.map((word) => ({ word, about: "" })) };
  return long === "--db" ? { kind: "databases" } : byName(/[<[]([\w-]+)/.exec(flags)?.[1] ?? "");
}

function argumentsFor(argument: Argument): CompletionSource {
  const { argChoices } = argument;
  if (argChoices) return { kind: "words", words: argChoices.map((word) => ({ word, about: "" })) };
  return byName(argument.name());
}

/** Chooses the source by the value's name in help: `<dir>`, `<file>`, `<version>`. */
function byName(name: string): CompletionSource {
  if (name === "dir") return { kind: "directories" };
  if (name === "file" || name === "path") return { kind: "files" };
  return name === "version" ? { kind: "versions" } : NOTHING;
}
