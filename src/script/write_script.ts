// Pure.
/**
 * Writes a plan as one file for psql 13 and later.
 *
 * @module
 */

import { formatCount } from "../format/count.ts";
import { appliedVersions } from "../history/history.ts";
import { migrationLabel } from "../plan/plan.ts";
import { isPrivileged } from "../plan/privileged.ts";
import { guardLines } from "./guard_lines.ts";
import { sqlComment } from "./psql_text.ts";
import { beginRun, endRun } from "./run_lines.ts";
import type { ScriptRequest } from "./script_request.ts";
import { sessionLines } from "./session_lines.ts";
import { stepLines } from "./step_lines.ts";

/**
 * A script that does to a database what a run of the plan would do, and leaves the same history. It
 * refuses any other database and any other state, and may be run again after any failure.
 */
export function writeScript(request: ScriptRequest): string {
  return [
    ...headerLines(request, "in migrator's history"),
    "",
    ...sessionLines(request),
    "",
    ...guardLines(request),
    "",
    ...beginRun(request),
    "",
    ...request.steps.flatMap((one, index) => stepLines(request, { one, index })),
    ...endRun(request),
    "",
  ].join("\n");
}

/**
 * Comments: who wrote it, for which database and state, how to run it, and its steps.
 *
 * @param where Where the steps are recorded.
 */
export function headerLines(request: ScriptRequest, where: string): readonly string[] {
  const { command, steps, leftOut, seen, history: { database }, privilegedOnly } = request;
  const applied = [...appliedVersions(seen.history)];
  const newest = applied.reduce((a, b) => a > b ? a : b, 0n);
  const role = privilegedOnly ? "a superuser" : `the role ${seen.role}`;
  return [
    `migrator ${command}, for the database "${database}": ${
      formatCount(steps.length, "step")
    }, for psql.`,
    "",
    `Written by ${request.writtenBy}, with migrator ${request.toolVersion}.`,
    `Made for the database on ${seen.label}, in the state in which ` +
    (applied.length === 0
      ? "no migration is applied."
      : `${applied.length} migrations are applied, ${newest} being the newest.`),
    "",
    `Run it as ${role}, with psql 13 or later, directly and not through a pooler:`,
    "",
    "  psql -X -f THIS_FILE postgres://ROLE@HOST/DATABASE",
    "",
    "It stops at the first error, with exit status 3. Each step is recorded",
    `${where}, in the transaction that does it.`,
    "So run the same file again after a failure: it goes on where it stopped. It changes nothing in",
    "another database, in another state, while migrator runs, or when all is done.",
    "",
    "The steps:",
    ...steps.map(({ step }, index) =>
      `  ${index + 1}. ${step.direction} ${migrationLabel(step.definition)}` +
      (step.script.transaction === "none" ? ", outside a transaction" : "") +
      (isPrivileged(step) ? ", PRIVILEGED" : "")
    ),
    ...(leftOut.length === 0 ? [] : [
      "",
      "Not in this file:",
      ...leftOut.map((step) => `  ${step.direction} ${migrationLabel(step.definition)}`),
    ]),
  ].map((line) => line === "" ? "--" : sqlComment(line));
}
