/**
 * Options that the commands about one batched migration share.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { JobArguments } from "../../../definition/batched/job_arguments.ts";
import type { GlobalOptions } from "../../invocation/invocation.ts";
import { withServer } from "../../invocation/options.ts";

/** What all of them take. */
export interface MigrationOptions extends GlobalOptions {
  readonly arguments?: JobArguments;
}

/** Those that change something. */
export interface ReasonOptions extends MigrationOptions {
  readonly reason?: string;
}

/** The argument and options of a command about one batched migration. */
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

/** The option that says why, kept with the event. */
export function withReason(command: Command): Command {
  return command.option("--reason <text>", "why; background show prints it with your name", reason);
}

/** A JSON object. */
export function jobArguments(text: string): JobArguments {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // It is said below what is wanted.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JobArguments;
  }
  throw new InvalidArgumentError(`write a JSON object, such as '{"tenant": 7}'.`);
}

/** A text that says something. */
export function reason(text: string): string {
  const trimmed = text.trim();
  if (trimmed !== "") return trimmed;
  throw new InvalidArgumentError("say why in a few words.");
}
