// Pure.
/**
 * Reads an environment variable that says yes or no.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import type { Environment } from "../workspace/workspace.ts";

/** Whether a start migrates. */
export const RUN_DATABASE_MIGRATIONS = "RUN_DATABASE_MIGRATIONS";

/**
 * `true`, `yes`, `on`, `1` and the like, in any case; unset and empty are no. A slip must not pass for
 * a no: the application would run on an old schema.
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
