/**
 * Runs a command from its arguments to its exit status.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { randomInt } from "node:crypto";
import process from "node:process";
import { type Command, CommanderError } from "commander";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { EXIT, Failure, Failures, gravestFirst } from "../failure.ts";
import { missingSystemRight } from "../connection/session/missing_system_right.ts";
import { SqlError } from "../connection/session/session.ts";
import { systemClock } from "../runtime/clock.ts";
import { onStopSignal, type StopSignal } from "../runtime/process.ts";
import {
  flush,
  isScreen,
  liveColumns,
  liveRows,
  wantsColour,
  writeError,
  writeOut,
} from "../runtime/terminal.ts";
import type { Source } from "../source/source.ts";
import { VERSION } from "../version.ts";
import { normaliseArguments } from "./program/arguments.ts";
import { calledCommand, wordsOf } from "./program/command_tree.ts";
import type { Environment } from "../workspace/workspace.ts";
import { Invocation } from "./invocation/invocation.ts";
import { humanOutput } from "./output/human.ts";
import { jsonOutput } from "./output/json.ts";
import { logLines } from "./output/log_lines.ts";
import type { Streams } from "./output/output.ts";
import { redacted } from "./output/redacted.ts";
import { coloured, COLOURLESS } from "../report/palette.ts";
import { verbosityOf } from "../report/verbosity.ts";
import { knownOptions, programFor } from "./program.ts";
import { noCommand, unknownCommand, usageFailure } from "./program/usage.ts";

/** Options that work without a command. */
const SELF_SUFFICIENT = new Set(["-h", "--help", "-V", "--version"]);

/**
 * Runs one command.
 *
 * @returns The exit status. Never throws: an error that is not a `Failure` is a defect, printed
 * with its stack under status 70.
 */
export async function main(
  given: readonly string[],
  { environment, source, definitions }: {
    readonly environment: Environment;
    /** Migrations that the program brings along. */
    readonly source?: Source | undefined;
    /** Batched migrations and strategies that the program defines in TypeScript. */
    readonly definitions?: RegisteredDefinitions | undefined;
  },
): Promise<number> {
  const streams: Streams = { stdout: writeOut, stderr: writeError };
  const stop = new AbortController();
  const exit = { status: EXIT.done as number };
  const help: string[] = [];
  const program = await programFor(
    given,
    (options) =>
      new Invocation({
        options,
        output,
        environment,
        source,
        definitions,
        signal: stop.signal,
        exit,
      }),
    (text) => help.push(text),
  );
  let stoppedAt: number | undefined;
  const restore = onStopSignal((signal) => {
    const now = systemClock.elapsed();
    if (stoppedAt === undefined) {
      stoppedAt = now;
      stop.abort(interrupted(signal));
    } else if (now - stoppedAt > SAME_STOP) {
      // A second signal ends the process at once; the server notices the closed connection.
      output.failed([abandoned(signal)], exitOf(signal));
      flush().finally(() => process.exit(exitOf(signal)));
    }
  });
  const known = knownOptions(program);
  const args = normaliseArguments(given, known);
  const [first = ""] = args;
  const command = calledCommand(program, args);
  // Read from the arguments, not from commander, which may refuse them.
  const typed = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  const verbosity = verbosityOf(typed, environment);
  const human = humanOutput(streams, {
    ...verbosity,
    palette: wantsColour(environment) ? coloured(randomDigits()) : COLOURLESS,
    isScreen: isScreen(),
    columns: liveColumns(environment),
    rows: liveRows(),
  });
  const output = redacted(
    typed.includes("--json")
      ? jsonOutput(streams, { ...verbosity, command: wordsOf(command) })
      : verbosity.format === "json"
      ? logLines(streams, { ...verbosity, human, now: systemClock.now })
      : human,
  );
  try {
    if (verbosity.oddity !== undefined && first !== "__complete") output.warn(verbosity.oddity);
    if (given.length === 0) return showHelpInstead(program, { help, streams });
    if (known.has(first) && !args.some((arg) => SELF_SUFFICIENT.has(arg))) throw noCommand();
    // Check this before commander does: it would answer a --help or --version behind the word.
    if (command === program && first !== "" && !first.startsWith("-")) {
      throw unknownCommand(first, { program, rest: args.slice(1) });
    }
    await program.parseAsync(args, { from: "user" });
    return exit.status;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      const text = help.join("").trimEnd();
      output.document(text);
      output.finished({ text });
      return EXIT.done;
    }
    const failures = error instanceof CommanderError
      ? usageFailure(error, command)
      : stop.signal.aborted && isConnection(error)
      ? stop.signal.reason as Failure
      : error instanceof Failure || error instanceof Failures
      ? error
      : refusal(error) ?? defect(error);
    output.failed(
      distinct(failures instanceof Failures ? gravestFirst(failures.failures) : [failures]),
      failures.exit,
    );
    return failures.exit;
  } finally {
    restore();
  }
}

/** Shows help when no command was typed. It is still a usage error. */
function showHelpInstead(
  program: Command,
  { help, streams }: { readonly help: readonly string[]; readonly streams: Streams },
): number {
  program.outputHelp({ error: true });
  streams.stderr(`${help.join("").trimEnd()}\n`);
  return EXIT.usage;
}

/** Digits that no text from outside can predict. */
function randomDigits(): string {
  return String(randomInt(2 ** 47)).padStart(15, "0");
}

/** Milliseconds in which a second signal counts as the same request, forwarded by a wrapper. */
const SAME_STOP = 1_000;

function exitOf(signal: StopSignal): number {
  return signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}

function interrupted(signal: StopSignal): Failure {
  const code = signal === "SIGINT" ? "interrupted/interrupted" : "interrupted/terminated";
  return new Failure(code, `Stopped by ${signal}.`, {
    hint: "What was committed stays. Run the same command again to go on.",
  });
}

function abandoned(signal: StopSignal): Failure {
  const { code } = interrupted(signal);
  return new Failure(code, `Stopped at once by a second ${signal}; nothing was waited for.`, {
    hint: "The server may still be working on it. See: migrator status",
  });
}

/** Errors of closing connections that a stopped command meets. */
function isConnection(error: unknown): boolean {
  return error instanceof Failure && error.code.startsWith("connection/");
}

/** Turns an error of the server or the operating system into a failure, where no other code did. */
function refusal(error: unknown): Failure | undefined {
  if (error instanceof SqlError) {
    const { sqlstate, message } = error.server;
    return new Failure("sql/refused", `The server refused: ${message} (SQLSTATE ${sqlstate}).`, {
      hint: missingSystemRight(message, "ROLE") ??
        "Read the server's log for the statement. Nothing was changed by it.",
      facts: { sqlstate },
    });
  }
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  if (!(error instanceof Error) || typeof code !== "string" || !syscall) return undefined;
  return new Failure("usage/system", `The operating system refused: ${clause(error.message)}.`, {
    hint: "Check the path, its permissions and the space that is left, then run it again.",
    facts: { system_error: code },
  });
}

/** Databases often share a server, which refuses each of them with the same message. */
function distinct(failures: readonly Failure[]): readonly Failure[] {
  const firsts = new Map(failures.toReversed().map((one) => [`${one.code} ${one.message}`, one]));
  return failures.filter((failure) => firsts.get(`${failure.code} ${failure.message}`) === failure);
}

function defect(error: unknown): Failure {
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return new Failure("defect/unexpected", `This is a defect of migrator ${VERSION}: ${stack}`, {
    hint: "Please report it with the lines above. What was committed stays, and is recorded.",
  });
}
