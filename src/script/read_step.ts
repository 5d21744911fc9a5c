/**
 * Reads what a script repeats of a step.
 *
 * @module
 */

import type { Step } from "../plan/plan.ts";
import { sessionLostAt, sessionSettingsBefore } from "../runner/recover/inspect_attempts.ts";
import type { ScriptStep } from "./script_request.ts";

/**
 * The texts of a step, and what its statements leave in their session.
 *
 * @throws {Failure} `bundle/corrupt`.
 */
export async function readStep(step: Step): Promise<ScriptStep> {
  const { definition, script } = step;
  const { statements } = script;
  const isCounted = script.transaction === "none";
  const settings = isCounted ? await sessionSettingsBefore(script, statements.length) : [];
  const lost = isCounted
    ? await sessionLostAt(script, { statementsDone: statements.length })
    : undefined;
  return {
    step,
    text: await script.read(),
    up: await definition.up.read(),
    down: await definition.down?.read(),
    settings: new Set(settings.map((one) => statements.indexOf(one))),
    sessionLostAt: lost === undefined ? undefined : lost - 1,
  };
}
