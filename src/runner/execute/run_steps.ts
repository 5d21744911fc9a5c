/**
 * Runs the steps of a plan, one after another.
 *
 * @module
 */

import { type CompletedStep, completedStep } from "./completed_step.ts";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Notice } from "../../connection/session/session.ts";
import type { Step } from "../../plan/plan.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { resolveOutcome } from "./resolve_outcome.ts";
import { disableIdleSessionTimeout } from "../context/inherited_settings.ts";
import { storeStepDefinitions } from "./store_definitions.ts";
import { runNonTransactional } from "./non_transactional.ts";
import { buildStatements } from "./build_statements.ts";
import { needsHooks } from "../../plan/step_hooks.ts";
import { labelOf, raceWithLock, type RunContext } from "../context/run_context.ts";
import { type GroupResult, runStepGroup } from "./step_group.ts";
import { groupSteps } from "./group_steps.ts";

/** no_active_sql_transaction: the warning for a ROLLBACK of migrator's outside a transaction. */
const NO_TRANSACTION = "25P01";

/** Milliseconds after which the lock's session shows the running migration in `application_name`. */
const ANNOUNCE_AFTER = 100;

/**
 * Runs steps in order and adds each to `done` as soon as it is committed.
 *
 * @throws {Failure} When a step fails; later steps are not tried.
 */
export async function runSteps(
  context: RunContext,
  steps: readonly Step[],
  done: CompletedStep[],
): Promise<void> {
  const { report, work, history: { database } } = context;
  const firstUp = steps.find(({ direction }) => direction === "up");
  const count = () => ({ number: done.length + 1, of: steps.length });
  let lastStarted: Step | undefined;
  const reportStarted = (step: Step) => {
    if (step !== lastStarted) {
      report({ type: "started", database, step: labelOf(step), ...count() });
    }
    lastStarted = step;
  };
  const finished = (step: Step, milliseconds: number) => {
    reportStarted(step);
    report({ type: "applied", database, step: labelOf(step), milliseconds, ...count() });
    done.push(completedStep(step, milliseconds));
  };
  const reportFailed = (step: Step | undefined) => {
    if (step === undefined) return;
    reportStarted(step);
    const place = { file: step.script.path };
    report({ type: "step-failed", database, step: labelOf(step), place });
  };
  const reportNotice = (step: Step, { severity, sqlstate, message }: Notice) => {
    if (sqlstate === NO_TRANSACTION) return;
    report({ type: "notice", database, step: labelOf(step), severity, message });
  };

  const { standardStrings } = work.server;
  let groups = groupSteps(steps, { ...context.options, standardStrings });
  let transaction: string | undefined;
  let ahead: ReturnType<typeof buildStatements> | undefined;
  for (let [group, ...rest] = groups; group !== undefined; [group, ...rest] = groups) {
    const [step] = group;
    context.signal.throwIfAborted();
    if (context.lock.isLost) await context.lock.lost;
    // Not earlier: until a redo has rolled a version back, its stored definition is the applied one.
    if (step === firstUp) await storeStepDefinitions(context, steps);
    reportStarted(step);
    work.onNotice = (notice) => reportNotice(step, notice);
    const endAnnouncement = announce(context, step);
    groups = rest;
    let ran: GroupResult;
    let isBegun = false;
    try {
      if (step.script.transaction === "none") {
        isBegun = true;
        ran = { took: [await runNonTransactional(context, step)], transaction: undefined };
      } else {
        const hookStatements = await prepareHooks(context, { step, following: rest.flat() });
        isBegun = true;
        const built = await (ahead ?? buildStatements(context, { group, hookStatements }));
        const following = rest[0]?.[0];
        const isNext = following?.script.transaction === "single" && following !== firstUp &&
          !needsHooks(following);
        const next = isNext ? following : undefined;
        const running = runStepGroup(context, built, { transaction, next, reportNotice });
        // One turn of the event loop later, so that this group is sent first.
        ahead = next &&
          nextTurn().then(() => buildStatements(context, { group: rest[0]!, hookStatements: [] }));
        ahead?.catch(() => {});
        ran = await running;
      }
    } catch (error) {
      const { committed, failure } = await resolveOutcome(context, {
        steps: group,
        error,
        done,
        isBegun,
      });
      for (const { step, milliseconds } of committed) finished(step, milliseconds);
      reportFailed(group[committed.length]);
      throw failure;
    } finally {
      endAnnouncement();
      work.onNotice = () => {};
    }
    transaction = ran.transaction;
    for (const [index, milliseconds] of ran.took.entries()) finished(group[index]!, milliseconds);
    if (ran.failure) {
      reportFailed(group[ran.took.length]);
      throw ran.failure;
    }
    const again = ran.alone === undefined ? [] : [
      group.slice(ran.took.length, ran.alone),
      group.slice(ran.alone, ran.alone + 1),
      group.slice(ran.alone + 1),
    ].flatMap((part) => groupSteps(part, { ...context.options, standardStrings }));
    if (again.length > 0) {
      groups = [...again, ...rest];
      ahead = undefined;
    }
  }
}

/**
 * Does the hooks' work that comes before the step's transaction.
 *
 * @returns The hooks' statements to run inside that transaction.
 */
async function prepareHooks(
  context: RunContext,
  { step, following }: { readonly step: Step; readonly following: readonly Step[] },
): Promise<readonly string[]> {
  const { hooks, work: session, signal } = context;
  if (!needsHooks(step)) return [];
  // Without hooks the step would be applied and its batched migrations silently never queued.
  if (hooks === undefined) throw new Error("a run of batched migrations needs a companion");
  // The hooks may wait for minutes, while this session is idle.
  await raceWithLock(context, disableIdleSessionTimeout(session));
  return await raceWithLock(context, hooks.prepare(step, { session, following, signal }));
}

/**
 * Shows the running migration in the `application_name` of the lock's session, for waiting runners to
 * read. A migration that ends within `ANNOUNCE_AFTER` is not shown.
 *
 * @returns A function that ends the announcement.
 */
function announce({ lock, history }: RunContext, { definition, direction }: Step): () => void {
  if (lock.session === undefined) return () => {};
  const setApplicationName = (name: string) => {
    lock.query(`SET LOCAL application_name = ${quoteLiteral(name.slice(0, 63))}`).catch(() => {});
  };
  const name = `migrator ${direction} ${history.database} ${definition.version}`;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    setApplicationName(name);
  }, ANNOUNCE_AFTER);
  return () => {
    clearTimeout(timer);
    if (isShown) setApplicationName("migrator");
  };
}
