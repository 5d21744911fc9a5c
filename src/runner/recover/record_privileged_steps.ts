/**
 * Records privileged steps that an administrator ran by hand, in their place in the order, and runs
 * the others.
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
 * Carries a plan out in which every privileged step was confirmed.
 *
 * @param confirmation Kept with each of them.
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
    for (const part of inParts(steps)) {
      if (!isPrivileged(part[0])) {
        await runSteps(numbered, part, done);
        continue;
      }
      await record(context, part, done);
      for (const [index, step] of part.entries()) {
        const number = done.length - part.length + index + 1;
        report({ type: "recorded", database, step: labelOf(step), number, of });
      }
    }
  };
}

/** Steps in a row that are all privileged, or that all are not. */
function inParts(steps: readonly Step[]): readonly (readonly [Step, ...Step[]])[] {
  const parts: [Step, ...Step[]][] = [];
  for (const step of steps) {
    const last = parts.at(-1);
    if (last && isPrivileged(last[0]) === isPrivileged(step)) last.push(step);
    else parts.push([step]);
  }
  return parts;
}

/**
 * Looks whether these steps were run, as far as that can be seen: whether the extensions that they
 * create are there, and those that they drop are gone. The rest is believed.
 *
 * @throws {Failure} `history/not-run-by-hand`.
 */
export async function assertHaveRun(
  session: Session,
  { database, steps }: { readonly database: string; readonly steps: readonly Step[] },
): Promise<void> {
  const wanted = new Map<string, { readonly there: boolean; readonly step: Step }>();
  for (const step of steps) {
    const { leaves } = await extensionScript(await step.script.read());
    for (const [name, there] of leaves) wanted.set(name, { there, step });
  }
  if (wanted.size === 0) return;
  const rows = await catalogRead(session, "SELECT extname FROM pg_catalog.pg_extension");
  const found = new Set(rows.map(({ extname }) => extname));
  const wrong = [...wanted].filter(([name, { there }]) => found.has(name) !== there);
  const [first] = wrong;
  if (first === undefined) return;
  const [, { step }] = first;
  const said = wrong.map(([name, { there }]) =>
    `${name} is ${there ? "not" : "still"} installed in database "${database}"`
  );
  throw new Failure(
    "history/not-run-by-hand",
    `Cannot record ${migrationLabel(step.definition)} as run by hand: ${said.join("; ")}.`,
    {
      hint: "Nothing was recorded. Let an administrator run the script there, which migrator up " +
        "--noop-privileged prints, and then type the same command again.",
      place: { file: step.script.path },
      facts: { database, extensions: wrong.map(([name]) => name) },
    },
  );
}
