/**
 * From arguments to an exit status.
 *
 * @module
 */

import process from "node:process";
import { type Command, CommanderError } from "commander";
import { EXIT, Failure, Failures } from "../failure.ts";
import { redactText } from "../connection/redact.ts";
import { onStopSignal } from "../runtime/process.ts";
import { coloured, wantsColour, writeError, writeOut } from "../runtime/terminal.ts";
import { VERSION } from "../version.ts";
import { normaliseArguments } from "./arguments.ts";
import { type Environment, Invocation } from "./invocation.ts";
import { humanOutput } from "./output/human.ts";
import { jsonOutput } from "./output/json.ts";
import type { Output, Streams, Style } from "./output/output.ts";
import { buildProgram, calledCommand, knownOptions } from "./program.ts";
import { noCommand, usageFailure, wordsOf } from "./usage.ts";

/** Options that need no command. */
const SELF_SUFFICIENT = new Set(["-h", "--help", "-V", "--version"]);

/**
 * Runs one command.
 *
 * @returns The exit status. Never throws: whatever is not a `Failure` is a defect, and is printed
 * with its stack under status 70.
 */
export async function main(given: readonly string[], environment: Environment): Promise<number> {
  const streams: Streams = { stdout: writeOut, stderr: writeError };
  const stop = new AbortController();
  let stops = 0;
  const restore = onStopSignal((signal) => {
    // The second one means it: whatever the server is doing, it will notice that we are gone.
    if (++stops > 1) process.exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
    stop.abort(interrupted(signal));
  });
  const exit = { status: EXIT.done as number };
  const help: string[] = [];
  const program = buildProgram(
    (options) => new Invocation({ options, output, environment, signal: stop.signal, exit }),
    (text) => help.push(text),
  );
  const known = knownOptions(program);
  const args = normaliseArguments(given, known);
  const [first = ""] = args;
  const command = calledCommand(program, args);
  // Told from the arguments, not from what commander makes of them: it may refuse them.
  const json = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined)
    .includes("--json");
  const output: Output = json
    ? jsonOutput(streams, wordsOf(command))
    : humanOutput(streams, style(environment));
  try {
    if (given.length === 0) return showHelpInstead(program, { help, streams });
    if (known.has(first) && !args.some((arg) => SELF_SUFFICIENT.has(arg))) throw noCommand();
    await program.parseAsync(args, { from: "user" });
    return exit.status;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      const text = help.join("").trimEnd();
      output.print(text);
      output.finished({ text });
      return EXIT.done;
    }
    const failures = error instanceof CommanderError
      ? usageFailure(error, command)
      : error instanceof Failure || error instanceof Failures
      ? error
      : defect(error);
    output.failed(
      distinct(failures instanceof Failures ? failures.failures : [failures]).map(clean),
      failures.exit,
    );
    return failures.exit;
  } finally {
    restore();
  }
}

/** Nobody who types the bare name wants to be told off: it is a usage error all the same. */
function showHelpInstead(
  program: Command,
  { help, streams }: { readonly help: readonly string[]; readonly streams: Streams },
): number {
  program.outputHelp({ error: true });
  streams.stderr(`${help.join("").trimEnd()}\n`);
  return EXIT.usage;
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

function interrupted(signal: "SIGINT" | "SIGTERM"): Failure {
  const code = signal === "SIGINT" ? "interrupted/interrupted" : "interrupted/terminated";
  return new Failure(code, `Stopped by ${signal}.`, {
    hint: "What was committed stays. Run the same command again to go on.",
  });
}

/** Several databases mostly have one server, and it is refused by all of them in the same words. */
function distinct(failures: readonly Failure[]): readonly Failure[] {
  const firsts = new Map(failures.toReversed().map((one) => [`${one.code} ${one.message}`, one]));
  return failures.filter((failure) => firsts.get(`${failure.code} ${failure.message}`) === failure);
}

function clean({ code, message, hint, place, facts }: Failure): Failure {
  return new Failure(code, redactText(message), {
    facts,
    ...(hint ? { hint: redactText(hint) } : {}),
    ...(place ? { place } : {}),
  });
}

function defect(error: unknown): Failure {
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return new Failure("defect/unexpected", `This is a defect of migrator ${VERSION}: ${stack}`, {
    hint: "Please report it with the lines above. What was committed stays, and is recorded.",
  });
}
