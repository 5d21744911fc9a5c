/**
 * The opening of a migration's transaction: its settings, and the fence held until it ends.
 *
 * @module
 */

import type { Answer } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import { assertFence, fenceLost, lockFence } from "../context/fence.ts";
import { rowSecurityOf } from "../context/row_security.ts";
import { lockTimeoutOf, statementTimeoutOf } from "../context/retry.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/**
 * Milliseconds after which the server ends a migration's transaction that is open and idle. A runner
 * that lives sends into it at once; one that was stopped must not hold the fence down for ever.
 */
const IDLE_LIMIT = 10_000;

/** Opens the step's transaction and holds the fence: one message. */
export function beginMessage(context: RunContext, step: Step): string {
  return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE; " +
    `${settingsOf(context, step)}; ${lockFence(context.history, context.fence)}`;
}

/**
 * The same in a transaction that COMMIT AND CHAIN has opened. Nobody looks at the answer before the
 * step's statements are sent, so a fence that was raised is an error (22012).
 */
export function chainedBeginMessage(context: RunContext, step: Step): string {
  return `${settingsOf(context, step)}; ${assertFence(context.history, context.fence)}`;
}

function settingsOf(context: RunContext, step: Step): string {
  const { options, work } = context;
  const lockTimeout = lockTimeoutOf(context, step);
  const statementTimeout = statementTimeoutOf(context, step);
  const settings = [
    // The statements were told apart by it: with another value a string could hide a COMMIT.
    "standard_conforming_strings = on",
    `lock_timeout = ${lockTimeout}`,
    `statement_timeout = ${statementTimeout}`,
    `idle_in_transaction_session_timeout = ${IDLE_LIMIT}`,
    ...(work.server.version >= 170000 ? ["transaction_timeout = 0"] : []),
    `row_security = ${rowSecurityOf(options)}`,
    ...(options.durable === "run" ? ["synchronous_commit = off"] : []),
    ...context.clientChecks,
  ];
  return settings.map((setting) => `SET LOCAL ${setting}`).join("; ");
}

/** The id of the transaction that was opened; undefined where another run has raised the fence. */
export function openedTransaction(answer: Answer | undefined): string | undefined {
  return answer?.rows[0]?.["transaction"] ?? undefined;
}

/**
 * Opens the step's transaction, and waits for the answer.
 *
 * @returns Its id.
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
