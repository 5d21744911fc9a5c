/**
 * Runs the steps of a plan, one after another.
 *
 * @module
 */

import type { CompletedStep } from "./completed_step.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Notice } from "../../connection/session/session.ts";
import type { Step } from "../../plan/plan.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { resolveOutcome } from "./resolve_outcome.ts";
import { disableIdleSessionTimeout } from "../context/inherited_settings.ts";
import { storeStepDefinitions } from "./store_definitions.ts";
import { runNonTransactional } from "./non_transactional.ts";
import { buildMessages } from "./build_messages.ts";
import { needsHooks } from "../../plan/step_hooks.ts";
import { labelOf, raceWithLock, type RunContext } from "../context/run_context.ts";
import { runPipelinedGroup } from "./pipelined_group.ts";
import { groupSteps } from "./group_steps.ts";
import type { TransactionalResult } from "./transactional.ts";

/** The server's warning about a ROLLBACK of ours that found nothing to roll back. */
const NO_TRANSACTION = "25P01";

/** Milliseconds after which the holder of the lock says what it is busy with. */
const ANNOUNCE_AFTER = 100;

/**
 * Runs steps in order and adds each to `done` as soon as it is committed.
 *
 * @throws {Failure} The first one; later steps are not tried.
 */
export async function runSteps(
  context: RunContext,
  steps: readonly Step[],
  done: CompletedStep[],
): Promise<void> {
  const { clock, report, work, history: { database } } = context;
  const firstUp = steps.find(({ direction }) => direction === "up");
  const count = () => ({ number: done.length + 1, of: steps.length });
  let told: Step | undefined;
  const tellStarted = (step: Step) => {
    if (step !== told) report({ type: "started", database, step: labelOf(step), ...count() });
    told = step;
  };
  const finished = (step: Step, milliseconds: number) => {
    tellStarted(step);
    report({ type: "applied", database, step: labelOf(step), milliseconds, ...count() });
    done.push(doneOf(step, milliseconds));
  };
  const noticed = (step: Step, { severity, sqlstate, message }: Notice) => {
    if (sqlstate === NO_TRANSACTION) return;
    report({ type: "notice", database, step: labelOf(step), severity, message });
  };

  let groups = groupSteps(steps, context.options);
  let entered = false;
  let ahead: ReturnType<typeof buildMessages> | undefined;
  for (let [group, ...rest] = groups; group !== undefined; [group, ...rest] = groups) {
    const [step] = group;
    context.signal.throwIfAborted();
    if (context.lock.isLost) await context.lock.lost;
    // Not before: until a redo has taken a version back, what is kept of it is what was applied.
    if (step === firstUp) await storeStepDefinitions(context, steps);
    tellStarted(step);
    work.onNotice = (notice) => noticed(step, notice);
    const began = clock.elapsed();
    const announced = announce(context, step);
    groups = rest;
    let ran: TransactionalResult;
    let isBegun = false;
    try {
      if (step.script.transaction === "none") {
        isBegun = true;
        await runNonTransactional(context, step);
        ran = { took: [clock.elapsed() - began], entered: false };
      } else {
        const companions = await accompany(context, { step, following: rest.flat() });
        isBegun = true;
        const prepared = await (ahead ?? buildMessages(context, { group, companions }));
        const following = rest[0]?.[0];
        const isNext = following?.script.transaction === "single" && following !== firstUp &&
          !needsHooks(following);
        const next = isNext ? following : undefined;
        const running = runPipelinedGroup(context, prepared, { entered, next, noticed });
        // A turn later: what is to be sent now comes first.
        ahead = next &&
          nextTurn().then(() => buildMessages(context, { group: rest[0]!, companions: [] }));
        ahead?.catch(() => {});
        ran = await running;
      }
    } catch (error) {
      const { committed, failure } = await resolveOutcome(context, {
        streak: group,
        error,
        done,
        isBegun,
      });
      for (const through of committed) finished(through, clock.elapsed() - began);
      const failed = group[committed.length];
      if (failed) {
        const place = { file: failed.script.path };
        report({ type: "step-failed", database, step: labelOf(failed), place });
      }
      throw failure;
    } finally {
      announced();
      work.onNotice = () => {};
    }
    entered = ran.entered;
    for (const [index, milliseconds] of ran.took.entries()) finished(group[index]!, milliseconds);
    const [failed, ...others] = group.slice(ran.took.length);
    if (failed) {
      groups = [[failed], ...groupSteps(others, context.options), ...rest];
      ahead = undefined;
    }
  }
}

/** What is to be done before the step's transaction is opened, and what is to travel in it. */
async function accompany(
  context: RunContext,
  { step, following }: { readonly step: Step; readonly following: readonly Step[] },
): Promise<readonly string[]> {
  const { hooks, work: session, signal } = context;
  if (!needsHooks(step)) return [];
  // Applied without it, its batched migrations would never be queued, and nobody would know.
  if (hooks === undefined) throw new Error("a run of batched migrations needs a companion");
  // It may wait for minutes with nothing to say to this session.
  await raceWithLock(context, disableIdleSessionTimeout(session));
  return await raceWithLock(context, hooks.prepare(step, { session, following, signal }));
}

function doneOf({ definition, direction }: Step, milliseconds: number): CompletedStep {
  return { version: definition.version, name: definition.name, direction, milliseconds };
}

/**
 * Lets the lock's holder say which migration is running, for those who wait. A quick one is over
 * before anybody could read it.
 *
 * @returns Ends the announcement.
 */
function announce({ lock, history }: RunContext, { definition, direction }: Step): () => void {
  if (lock.session === undefined) return () => {};
  const say = (name: string) => {
    lock.query(`SET LOCAL application_name = ${quoteLiteral(name.slice(0, 63))}`).catch(() => {});
  };
  const name = `migrator ${direction} ${history.database} ${definition.version}`;
  let said = false;
  const timer = setTimeout(() => {
    said = true;
    say(name);
  }, ANNOUNCE_AFTER);
  return () => {
    clearTimeout(timer);
    if (said) say("migrator");
  };
}
