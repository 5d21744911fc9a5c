// Pure.
/**
 * Reads a boolean environment variable.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import type { Environment } from "../workspace/workspace.ts";

/** The variable that makes a start migrate. */
export const RUN_DATABASE_MIGRATIONS = "RUN_DATABASE_MIGRATIONS";

/**
 * True for `true`, `yes`, `on`, `1` and the like, in any case; unset and empty are false. A
 * misspelt value is an error: read as no, the application would run on an old schema.
 *
 * @throws {Failure} `settings/unreadable-switch`.
 */
export function readSwitch(environment: Environment, name: string): boolean {
  const text = environment[name]?.trim() ?? "";
  if (/^(1|t|true|y|yes|on)$/i.test(text)) return true;
  if (/^(0|f|false|n|no|off|)$/i.test(text)) return false;
  throw new Failure(
    "settings/unreadable-switch",
    `The variable ${name} is set to neither yes nor no.`,
    { hint: `export ${name}=true, or ${name}=false`, facts: { variable: name } },
  );
}
