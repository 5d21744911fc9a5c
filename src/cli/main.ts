/**
 * From arguments to an exit status.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import { EXIT, Failure, Failures } from "../failure.ts";
import { redactText } from "../connection/redact.ts";
import { onStopSignal } from "../runtime/process.ts";
import { coloured, columns, wantsColour, writeError, writeOut } from "../runtime/terminal.ts";
import { VERSION } from "../version.ts";
import { normaliseArguments } from "./arguments.ts";
import { type Environment, type GlobalOptions, Invocation } from "./invocation.ts";
import { COMMANDS } from "./commands.ts";
import { humanOutput } from "./output/human.ts";
import { jsonOutput } from "./output/json.ts";
import type { Output, Streams, Style } from "./output/output.ts";

/**
 * Runs one command.
 *
 * @returns The exit status. Never throws: whatever is not a `Failure` is a defect, and is printed
 * with its stack under status 70.
 */
export async function main(args: readonly string[], environment: Environment): Promise<number> {
  const streams: Streams = { stdout: writeOut, stderr: writeError };
  const stop = new AbortController();
  let stops = 0;
  const restore = onStopSignal((signal) => {
    // The second one means it: whatever the server is doing, it will notice that we are gone.
    if (++stops > 1) process.exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
    stop.abort(interrupted(signal));
  });
  // Known as soon as the arguments are read; mistakes in them are told before that.
  let output: Output = args.includes("--json")
    ? jsonOutput(streams, commandName(args))
    : humanOutput(streams, style(environment));
  try {
    const exit = { status: EXIT.done as number };
    const program = buildProgram(streams, (command, options) => {
      output = options.json
        ? jsonOutput(streams, command)
        : humanOutput(streams, style(environment));
      return new Invocation({ options, output, environment, signal: stop.signal, exit });
    });
    const known = new Map(
      program.commands.flatMap((command) => command.options)
        .map((option) => [option.long ?? "", { takesValue: option.required || option.optional }]),
    );
    await program.parseAsync(normaliseArguments(args, known), { from: "user" });
    return exit.status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done;
      if (args.includes("--json")) output.failed([usage(error)], EXIT.usage);
      return EXIT.usage;
    }
    if (error instanceof Failure || error instanceof Failures) {
      const failures = error instanceof Failures ? error.failures : [error];
      output.failed(failures.map(clean), error.exit);
      return error.exit;
    }
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    output.failed([defect(redactText(stack))], EXIT.defect);
    return EXIT.defect;
  } finally {
    restore();
  }
}

function buildProgram(
  streams: Streams,
  begin: (command: string, options: GlobalOptions) => Invocation,
): Command {
  const program = new Command("migrator")
    .description(
      "Brings PostgreSQL databases up to date, and back again, with the migrations it carries.",
    )
    .usage("<command> [options]")
    .exitOverride()
    .configureOutput({
      writeOut: streams.stdout,
      writeErr: streams.stderr,
      getOutHelpWidth: columns,
      getErrHelpWidth: columns,
    })
    .showHelpAfterError("next: migrator help")
    .helpCommand("help [command]", "show how a command is used")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help");
  for (const add of COMMANDS) add(program, begin);
  return program;
}

function style(environment: Environment): Style {
  const colours = wantsColour(environment);
  const paint = (format: Parameters<typeof coloured>[0]) => (text: string) =>
    colours ? coloured(format, text) : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    good: paint("green"),
    bad: paint("red"),
    caution: paint("yellow"),
  };
}

function commandName(args: readonly string[]): string {
  return args.find((arg) => !arg.startsWith("-")) ?? "";
}

function interrupted(signal: "SIGINT" | "SIGTERM"): Failure {
  const code = signal === "SIGINT" ? "interrupted/interrupted" : "interrupted/terminated";
  return new Failure(code, `Stopped by ${signal}.`, {
    hint: "What was committed stays. Run the same command again to go on.",
  });
}

function usage(error: CommanderError): Failure {
  return new Failure("usage/invalid", error.message.replace(/^error: /, ""), {
    hint: "migrator help",
  });
}

function clean(failure: Failure): Failure {
  const message = redactText(failure.message);
  if (message === failure.message) return failure;
  const { hint, place, facts } = failure;
  return new Failure(failure.code, message, {
    facts,
    ...(hint ? { hint } : {}),
    ...(place ? { place } : {}),
  });
}

function defect(stack: string): Failure {
  return new Failure("defect/unexpected", `This is a defect of migrator ${VERSION}: ${stack}`, {
    hint: "Please report it with the lines above. What was committed stays, and is recorded.",
  });
}
