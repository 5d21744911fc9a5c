/**
 * Carries out the remedy of a diagnosis, under the lock.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import type { Direction } from "../../definition/migration/definition.ts";
import type { History } from "../../history/history.ts";
import { recordInterrupted, recordManually } from "../../history/attempt.ts";
import { type Session, SqlError } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import type { Diagnosis } from "../../plan/diagnosis.ts";
import { type Plan, type Step } from "../../plan/plan.ts";
import {
  type AttemptsInspection,
  inspectAttempts,
  type InspectionResult,
  sessionSettingsBefore,
} from "./inspect_attempts.ts";
import { storeStepDefinitions } from "../execute/store_definitions.ts";
import { completedStep } from "../execute/completed_step.ts";
import { runNonTransactional } from "../execute/non_transactional.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { attemptOf } from "../execute/build_statements.ts";
import type { Run } from "../execute/run.ts";
import { labelOf, raceWithLock, type RunContext } from "../context/run_context.ts";
import { runSteps } from "../execute/run_steps.ts";

/** The plan and the executor of a repair, for `run`. */
export interface RepairRun extends Pick<Run, "plan"> {
  readonly execute: NonNullable<Run["execute"]>;
}

/**
 * Whether a repair may carry out the remedy.
 *
 * @param mayContinue A person asked for the remaining statements to be run.
 */
export function canRepair({ remedy }: Diagnosis, mayContinue: boolean): boolean {
  return remedy.kind === "record" || remedy.kind === "drop-index" ||
    remedy.kind === "check-index" ||
    (mayContinue && (remedy.kind === "continue" || remedy.kind === "next-run"));
}

/**
 * Diagnoses again under the lock, and carries out the remedies that it may.
 *
 * @param wish.mayContinue A person asked for the remaining statements to be run.
 * @param wish.onDone Called with each diagnosis whose remedy was carried out.
 */
export function repair(
  inspection: Omit<AttemptsInspection, "holdsLock">,
  wish: { readonly mayContinue: boolean; readonly onDone: (diagnosis: Diagnosis) => void },
): RepairRun {
  let found: InspectionResult = { diagnoses: [], run: undefined };
  return {
    async plan(_history: History, session: Session): Promise<Plan> {
      found = await inspectAttempts(session, { ...inspection, holdsLock: true });
      const steps = found.diagnoses.filter((one) => canRepair(one, wish.mayContinue)).map(toStep);
      return { database: inspection.history.database, steps };
    },
    async execute(context, steps, done) {
      for (const step of steps) {
        const diagnosis = found.diagnoses.find(({ definition }) => definition === step.definition)!;
        await remedy(context, { step, diagnosis, done });
        wish.onDone(diagnosis);
      }
    },
  };
}

function toStep({ definition, attempt }: Diagnosis): Step {
  const { direction } = attempt;
  return { definition: definition!, direction, script: definition![direction]! };
}

async function remedy(
  context: RunContext,
  { step, diagnosis, done }: {
    readonly step: Step;
    readonly diagnosis: Diagnosis;
    readonly done: Parameters<typeof runSteps>[2];
  },
): Promise<void> {
  const { remedy, attempt, found } = diagnosis;
  switch (remedy.kind) {
    case "record":
      return await record(context, { step, id: attempt.id, direction: remedy.direction, found });
    case "drop-index":
      await dropIndex(context, { step, index: remedy.index });
      return await record(context, {
        step,
        id: attempt.id,
        direction: remedy.direction,
        found: `${found} It was dropped.`,
      });
    case "check-index":
    case "next-run":
      await runSteps(context, [step], done);
      return await close(context, { step, id: attempt.id });
    case "continue": {
      const { from } = remedy;
      const settings = await sessionSettingsBefore(step.script, from);
      if (step.direction === "up") await storeStepDefinitions(context, [step]);
      const resumePoint = { id: attempt.id, from, settings };
      done.push(completedStep(step, await runNonTransactional(context, step, resumePoint)));
      return;
    }
    case "wait":
    case "person":
      throw new Error(`a repair cannot ${remedy.kind}`);
  }
}

/** Closes the attempt's open row, and adds a row with the state that was found. */
async function record(
  context: RunContext,
  { step, id, direction, found }: {
    readonly step: Step;
    readonly id: string;
    readonly direction: Direction;
    readonly found: string;
  },
): Promise<void> {
  const { work, history, fence: number } = context;
  if (direction === "up") await storeStepDefinitions(context, [{ ...step, direction }]);
  const { definition } = step;
  const script = definition[direction] ?? definition.up;
  const note = await raceWithLock(context, representableValue(work, `repair: ${found}`));
  const rows = [
    recordInterrupted(attemptOf(context, step), id),
    recordManually(attemptOf(context, { definition, direction, script }), note),
  ];
  await raceWithLock(context, runInternalTransaction(work, rows, { history, number }));
}

/** Closes the attempt's open row. */
async function close(
  context: RunContext,
  { step, id }: { readonly step: Step; readonly id: string },
): Promise<void> {
  const { work, history, fence: number } = context;
  const row = recordInterrupted(attemptOf(context, step), id);
  await raceWithLock(context, runInternalTransaction(work, [row], { history, number }));
}

/**
 * Drops the invalid index of an unfinished build or drop.
 *
 * @throws {Failure} `sql/index-not-dropped`, `lock/*`, `connection/lost`, `interrupted/*`.
 */
async function dropIndex(
  context: RunContext,
  { step, index }: { readonly step: Step; readonly index: string },
): Promise<void> {
  const { work, history: { database } } = context;
  context.report({ database, type: "index", step: labelOf(step), index, what: "dropping-invalid" });
  await raceWithLock(context, work.query("SET lock_timeout = 0; SET statement_timeout = 0"));
  try {
    await raceWithLock(context, work.query(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { message, sqlstate } = error.server;
    await raceWithLock(context, work.query("DISCARD ALL"));
    throw new Failure(
      "sql/index-not-dropped",
      `Cannot drop the invalid index ${index}: ${message} (SQLSTATE ${sqlstate}).`,
      {
        hint: `Correct the cause, then: migrator repair --db ${database}`,
        facts: { database, version: String(step.definition.version), index, sqlstate },
      },
    );
  }
  await raceWithLock(context, work.query("DISCARD ALL"));
}
