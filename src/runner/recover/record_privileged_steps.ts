/**
 * Records the privileged steps that an administrator ran by hand, and runs the other steps, in the
 * order of the plan.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import { isPrivileged } from "../../plan/privileged.ts";
import { extensionScript } from "../../sql/extensions.ts";
import { recordSteps } from "./record_steps.ts";
import type { Run } from "../execute/run.ts";
import { labelOf, raceWithLock } from "../context/run_context.ts";
import { runSteps } from "../execute/run_steps.ts";

/**
 * Carries out a plan whose privileged steps were all confirmed as run.
 *
 * @param confirmation What the person typed to confirm them; stored with each step.
 */
export function recordPrivilegedSteps(confirmation: string): NonNullable<Run["execute"]> {
  const record = recordSteps(
    `Privileged: run by hand by an administrator, confirmed with ${confirmation}.`,
  );
  return async (context, steps, done) => {
    const { work, report, history: { database } } = context;
    await raceWithLock(
      context,
      assertHaveRun(work, { database, steps: steps.filter(isPrivileged) }),
    );
    const of = steps.length;
    const numbered = {
      ...context,
      report: (event: Parameters<typeof report>[0]) =>
        report("of" in event ? { ...event, of } : event),
    };
    for (const group of groupByPrivilege(steps)) {
      if (!isPrivileged(group[0])) {
        await runSteps(numbered, group, done);
        continue;
      }
      await record(context, group, done);
      for (const [index, step] of group.entries()) {
        const number = done.length - group.length + index + 1;
        report({ type: "recorded", database, step: labelOf(step), number, of });
      }
    }
  };
}

/** Splits steps into groups of consecutive steps that are all privileged, or all not. */
function groupByPrivilege(steps: readonly Step[]): readonly (readonly [Step, ...Step[]])[] {
  const groups: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last && isPrivileged(last[0]) === isPrivileged(step)) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/**
 * Checks that these steps were run, by their extensions: those that they create must be installed, and
 * those that they drop must not. Other statements are not checked.
 *
 * @throws {Failure} `history/not-run-by-hand`.
 */
export async function assertHaveRun(
  session: Session,
  { database, steps }: { readonly database: string; readonly steps: readonly Step[] },
): Promise<void> {
  const expected = new Map<string, { readonly there: boolean; readonly step: Step }>();
  for (const step of steps) {
    const { leaves } = await extensionScript(await step.script.read());
    for (const [name, there] of leaves) expected.set(name, { there, step });
  }
  if (expected.size === 0) return;
  const rows = await catalogRead(session, "SELECT extname FROM pg_catalog.pg_extension");
  const found = new Set(rows.map(({ extname }) => extname));
  const wrong = [...expected].filter(([name, { there }]) => found.has(name) !== there);
  const [first] = wrong;
  if (first === undefined) return;
  const [, { step }] = first;
  const problems = wrong.map(([name, { there }]) =>
    `${name} is ${there ? "not" : "still"} installed in database "${database}"`
  );
  throw new Failure(
    "history/not-run-by-hand",
    `Cannot record ${migrationLabel(step.definition)} as run by hand: ${problems.join("; ")}.`,
    {
      hint: "Nothing was recorded. Let an administrator run the script there, which migrator up " +
        "--noop-privileged prints, and then type the same command again.",
      place: { file: step.script.path },
      facts: { database, extensions: wrong.map(([name]) => name) },
    },
  );
}
