/**
 * Options that the commands about one batched migration share.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { isExactNumber } from "../../../definition/batched/exact_number.ts";
import type { JobArguments } from "../../../definition/batched/job_arguments.ts";
import type { GlobalOptions } from "../../invocation/invocation.ts";
import { withServer } from "../../invocation/options.ts";

/** Options of all of these commands. */
export interface MigrationOptions extends GlobalOptions {
  readonly arguments?: JobArguments;
}

/** Options of the commands that change something. */
export interface ReasonOptions extends MigrationOptions {
  readonly reason?: string;
}

/** Adds the argument and the options of a command about one batched migration. */
export function withMigration(command: Command): Command {
  return withServer(
    command.argument("<name>", "its name, or its id from `background list`").addOption(
      new Option(
        "--arguments <json>",
        "the one with these arguments, if several have that name",
      ).argParser(jobArguments),
    ),
  );
}

/** Adds `--reason`, which is stored with the event. */
export function withReason(command: Command): Command {
  return command.option("--reason <text>", "why; background show prints it with your name", reason);
}

/** Parses a JSON object. */
export function jobArguments(text: string): JobArguments {
  let value: unknown;
  try {
    value = JSON.parse(text, exactNumbersOnly);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    // The error below says what is expected.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JobArguments;
  }
  throw new InvalidArgumentError(`write a JSON object, such as '{"tenant": 7}'.`);
}

/** What `JSON.parse` tells a reviver of a value that is not an object. */
type Reviver = (name: string, value: unknown, context?: { readonly source?: string }) => unknown;

const exactNumbersOnly: Reviver = (_name, value, context) => {
  const { source } = context ?? {};
  if (typeof value !== "number" || source === undefined || isExactNumber(source)) return value;
  throw new InvalidArgumentError(
    `${source} would be rounded to ${value}. Write it in quotes: "${source}".`,
  );
};

/** A text that is not blank. */
export function reason(text: string): string {
  const trimmed = text.trim();
  if (trimmed !== "") return trimmed;
  throw new InvalidArgumentError("say why in a few words.");
}
