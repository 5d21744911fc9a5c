/**
 * The loop over a plan's steps.
 *
 * @module
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Direction } from "../definition/definition.ts";
import { Failure } from "../failure.ts";
import { succeeded } from "../history/attempt.ts";
import { describe, isSelfRepairing, type Step } from "../plan/plan.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import { keepDefinitions } from "./keep_definitions.ts";
import { runOutside } from "./outside.ts";
import { attemptOf, prepare, type Prepared } from "./prepared.ts";
import { labelOf, type RunContext } from "./run_context.ts";
import { recordFailure, runTransactional } from "./transactional.ts";

/** A step that is in the database. */
export interface Done {
  readonly version: bigint;
  readonly name: string;
  readonly direction: Direction;
  readonly milliseconds: number;
}

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
  done: Done[],
): Promise<void> {
  const { clock, report, work } = context;
  const { database } = context.history;
  let entered = false;
  let ahead: Promise<Prepared> | undefined;
  const firstUp = steps.findIndex(({ direction }) => direction === "up");
  for (const [index, step] of steps.entries()) {
    context.signal.throwIfAborted();
    if (context.lock.isLost) await context.lock.lost;
    // Not before: until a redo has taken a version back, what is kept of it is what was applied.
    if (index === firstUp) await keepDefinitions(context, steps);
    const label = labelOf(step);
    const count = { number: index + 1, of: steps.length };
    report({ type: "started", database, step: label, ...count });
    work.onNotice = ({ severity, sqlstate, message }) => {
      if (sqlstate === NO_TRANSACTION) return;
      report({ type: "notice", database, step: label, severity, message });
    };
    const began = clock.elapsed();
    const announced = announce(context, step);
    try {
      if (step.script.transaction === "none") {
        entered = false;
        ahead = undefined;
        await runOutside(context, step);
      } else {
        const prepared = await (ahead ?? prepare(context, step));
        const following = steps[index + 1];
        const isNext = following?.script.transaction === "single" && index + 1 !== firstUp;
        const next = isNext ? following : undefined;
        const ran = runTransactional(context, prepared, { entered, next });
        // A turn later: what is to be sent now comes first.
        ahead = next && nextTurn().then(() => prepare(context, next));
        ahead?.catch(() => {});
        entered = await ran;
      }
    } catch (error) {
      if (!await cameThrough(context, step, error)) {
        report({ type: "step-failed", database, step: label, place: { file: step.script.path } });
        throw await explain(context, step, error);
      }
      done.push(doneOf(step, clock.elapsed() - began));
      throw error;
    } finally {
      announced();
      work.onNotice = () => {};
    }
    const milliseconds = clock.elapsed() - began;
    done.push(doneOf(step, milliseconds));
    report({ type: "applied", database, step: label, milliseconds, ...count });
  }
}

function doneOf({ definition, direction }: Step, milliseconds: number): Done {
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

/** Milliseconds to wait for the end of a backend whose connection was lost. */
const AFTERLIFE = 5_000;

/** After a run was cut off: whether the step was committed all the same, as the history says. */
async function cameThrough(context: RunContext, step: Step, error: unknown): Promise<boolean> {
  const { work, lock, signal } = context;
  try {
    if ((signal.aborted || lock.isLost) && !work.isLost) {
      // What was to be cancelled may have been quicker.
      await work.pipeline(["ROLLBACK", "DISCARD ALL"]);
      const { rows } = await work.query(succeeded(attemptOf(context, step)));
      return rows[0]?.["succeeded"] === "t";
    }
    if (!(error instanceof Failure) || error.code !== "connection/lost") return false;
    if (lock.session === undefined || lock.isLost) return false;
    const until = context.clock.elapsed() + AFTERLIFE;
    while (context.clock.elapsed() < until && await isAlive(context)) await context.clock.sleep(50);
    const { rows } = await lock.query(succeeded(attemptOf(context, step)));
    return rows[0]?.["succeeded"] === "t";
  } catch {
    return false;
  }
}

async function isAlive({ lock, work }: RunContext): Promise<boolean> {
  const { rows } = await lock.query(
    `SELECT FROM pg_catalog.pg_stat_activity WHERE pid = ${work.server.pid}`,
  );
  return rows.length > 0;
}

/** Adds to a failure what became of the step, and records an attempt that was interrupted. */
async function explain(context: RunContext, step: Step, error: unknown): Promise<unknown> {
  if (!(error instanceof Failure)) return error;
  const { work, lock, signal, history: { database } } = context;
  const isCutOff = signal.aborted || lock.isLost || error.code === "connection/lost";
  if (!isCutOff) return error;
  // Where both connections are gone, it is the lock that decides what others may have done since.
  const why = lock.isLost && !signal.aborted
    ? await lock.lost.catch((lost: unknown) => lost as Failure)
    : error;
  const { definition, script } = step;
  const name = `Migration ${describe(definition)} of "${database}"`;
  const look = `See: migrator describe ${definition.version} --db ${database}`;
  if (script.transaction === "none") {
    const what = `${name} was running outside a transaction: a part of it may be in the database.`;
    return told(why, { what, hint: isSelfRepairing(script) ? undefined : look });
  }
  if (work.isLost) {
    const known = lock.session !== undefined && !lock.isLost;
    return told(why, {
      what: known
        ? `${name} was running; the history says that it was not committed.`
        : `${name} was running; whether it was committed is in the history.`,
      hint: known ? undefined : `See: migrator status --db ${database}`,
    });
  }
  if (signal.aborted) {
    await recordFailure(context, step, { code: error.code, message: error.message });
  }
  return told(why, { what: `${name} was cancelled on the server and rolled back.` });
}

/** @param more.hint In the place of the failure's own. */
function told(
  failure: Failure,
  { what, hint = failure.hint }: { readonly what: string; readonly hint?: string | undefined },
): Failure {
  return new Failure(failure.code, `${failure.message} ${what}`, {
    ...(hint ? { hint } : {}),
    facts: failure.facts,
    cause: failure,
  });
}
