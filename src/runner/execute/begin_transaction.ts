/**
 * Opens a migration's transaction: applies its settings and locks the fence until it ends.
 *
 * @module
 */

import type { Answer } from "../../connection/session/session.ts";
import { beginStatement, setLocal, timeLimits } from "../../connection/session/begin_statement.ts";
import { Failure } from "../../failure.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import { assertFence, fenceLost, lockFence } from "../context/fence.ts";
import { rowSecurityOf } from "../context/row_security.ts";
import { lockTimeoutOf, statementTimeoutOf } from "../context/timeouts.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/**
 * Milliseconds after which the server ends a migration's open, idle transaction. A live runner sends
 * its statements at once; the transaction of a suspended runner must not lock the fence for ever.
 */
export const IDLE_LIMIT = 10_000;

/** One message that opens the step's transaction and locks the fence. */
export function beginMessage(context: RunContext, step: Step): string {
  const settings = settingsOf(context, step);
  return `${beginStatement("READ COMMITTED READ WRITE NOT DEFERRABLE", settings)};
    ${lockFence(context.history, context.fence)}`;
}

/** The same for a transaction that COMMIT AND CHAIN has opened: one statement each. */
export function openingStatements(context: RunContext, step: Step): readonly string[] {
  return [...chainedSettings(context, step), lockFence(context.history, context.fence)];
}

/**
 * The same where the step's statements are sent before the answer is read, so that a raised fence must be
 * an error (22012).
 */
export function assertedOpening(context: RunContext, step: Step): readonly string[] {
  return [...chainedSettings(context, step), assertFence(context.history, context.fence)];
}

function chainedSettings(context: RunContext, step: Step): readonly string[] {
  return settingsOf(context, step).map((setting) => setLocal([setting]));
}

function settingsOf(context: RunContext, step: Step): readonly string[] {
  const { options, work } = context;
  return [
    // The script was split into statements under this value; under the other, a string could hide a COMMIT.
    "standard_conforming_strings = on",
    ...timeLimits(work.server, {
      statement: statementTimeoutOf(context, step),
      lock: lockTimeoutOf(context, step),
      idle: IDLE_LIMIT,
    }),
    `row_security = ${rowSecurityOf(options)}`,
    ...(options.durable === "run" ? ["synchronous_commit = off"] : []),
    ...context.clientChecks,
  ];
}

/** The id of the opened transaction; undefined if another run has raised the fence. */
export function openedTransaction(answer: Answer | undefined): string | undefined {
  return answer?.rows[0]?.["transaction"] ?? undefined;
}

/**
 * Opens the step's transaction and waits for the answer.
 *
 * @returns The transaction's id.
 * @throws {Failure} `lock/fenced`, `sql/transaction-refused`, `connection/lost`, `interrupted/*`.
 */
export async function beginTransaction(context: RunContext, step: Step): Promise<string> {
  const result = await raceWithLock(context, context.work.pipeline([beginMessage(context, step)]));
  const transaction = result.ok ? openedTransaction(result.answers[0]) : undefined;
  if (transaction !== undefined) return transaction;
  await context.work.query("ROLLBACK");
  if (result.ok) throw fenceLost(context.history.database);
  throw new Failure(
    "sql/transaction-refused",
    `Cannot begin migration ${migrationLabel(step.definition)} of "${context.history.database}": ` +
      `${result.error.message} (SQLSTATE ${result.error.sqlstate}).`,
    { hint: "Nothing of it was run. Look at the server's log, then run the same command again." },
  );
}
