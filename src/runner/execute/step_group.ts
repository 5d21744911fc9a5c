/**
 * Runs several small migrations in one message.
 *
 * If each waited for the previous answer, the round trip would take as long as the migration itself.
 * Each migration still has its own transaction, with its history row; it ends with COMMIT AND CHAIN,
 * which opens the next transaction. After an error the server skips the rest of the message, so no later
 * step runs.
 *
 * @module
 */

import type { Notice, Row, ServerError } from "../../connection/session/session.ts";
import type { Failure } from "../../failure.ts";
import { outcomesOfRun } from "../../history/attempt.ts";
import type { Step } from "../../plan/plan.ts";
import {
  failedStatement,
  type JoinedStatements,
  joinStatements,
} from "../../sql/joined_statements.ts";
import {
  assertedOpening,
  beginTransaction,
  openedTransaction,
  openingStatements,
} from "./begin_transaction.ts";
import { rollbackMessages } from "./reset_session.ts";
import type { StepStatements } from "./build_statements.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";
import { isRetryable } from "../context/retry.ts";
import {
  recordedFailure,
  runTransactional,
  secondsOf,
  type TransactionalResult,
  transactionEnded,
} from "./transactional.ts";

/** The result of steps that were sent together. */
export interface GroupResult extends TransactionalResult {
  /** Why the first step that was not committed failed. No later step ran. */
  readonly failure?: Failure;
  /**
   * Index of the step that is to be run by itself. Neither it nor a later step ran, and the first steps
   * without a time did not run either.
   */
  readonly alone?: number;
}

type Group = readonly [StepStatements, ...StepStatements[]];

/**
 * Runs the steps of a group: a single step, or several small ones in one message.
 *
 * @param state.transaction,state.next As for `runTransactional`.
 * @throws {Failure} As `runTransactional`; a failed statement of one of several steps does not throw.
 */
export async function runStepGroup(
  context: RunContext,
  group: Group,
  state: {
    readonly transaction: string | undefined;
    readonly next: Step | undefined;
    /** Takes the server's notices about a step. */
    readonly reportNotice: (step: Step, notice: Notice) => void;
  },
): Promise<GroupResult> {
  const { work } = context;
  if (group.length === 1) return await runTransactional(context, group[0], state);
  const first = state.transaction ?? await beginTransaction(context, group[0].step);
  const { statements, ranges } = statementsOf(context, group, { first, next: state.next });
  const [message] = joinStatements(statements, { length: Infinity });

  work.onNotice = (notice, statement) => {
    const [index] = stepAt(ranges, statement);
    state.reportNotice(group[index]!.step, notice);
  };
  const result = await raceWithLock(context, work.pipeline([message!.sql]));
  if (!result.ok) return await refusedGroup(context, group, { message: message!, ranges, result });
  const answer = result.answers[0]!;
  const rows = answer.allRows.filter((row) => row["id"] !== undefined);
  const missing = group[rows.length];
  if (missing) {
    await work.pipeline(rollbackMessages(context));
    throw await transactionEnded(context, missing.step);
  }
  const transaction = state.next && openedTransaction(answer);
  if (state.next && transaction === undefined) await work.pipeline(rollbackMessages(context));
  return { took: timesOf(rows), transaction };
}

/** Where a step stands in the message: its opening, its script and what follows. */
interface Range {
  /** Index of its first statement. */
  readonly start: number;
  /** Index of the first statement of its script. */
  readonly script: number;
}

function statementsOf(
  context: RunContext,
  group: Group,
  { first, next }: { readonly first: string; readonly next: Step | undefined },
): { readonly statements: readonly string[]; readonly ranges: readonly Range[] } {
  const statements: string[] = [];
  const ranges: Range[] = [];
  for (const [index, { step, statements: own, record }] of group.entries()) {
    const start = statements.length;
    if (index > 0) statements.push(...assertedOpening(context, step));
    ranges.push({ start, script: statements.length });
    const isChained = index < group.length - 1 || next !== undefined;
    const commit = isChained ? "COMMIT AND CHAIN" : "COMMIT";
    statements.push(...own, record(index === 0 ? first : undefined), commit);
  }
  if (next) statements.push(...openingStatements(context, next));
  return { statements, ranges };
}

/** The index of the step that a statement of the message belongs to, and its index in the script. */
function stepAt(ranges: readonly Range[], statement: number): readonly [number, number] {
  const index = ranges.findLastIndex(({ start }) => start <= statement);
  return [index, statement - ranges[index]!.script];
}

/** Rolls back, and looks at which steps are committed and why the next one is not. */
async function refusedGroup(
  context: RunContext,
  group: Group,
  { message, ranges, result }: {
    readonly message: JoinedStatements;
    readonly ranges: readonly Range[];
    readonly result: { readonly error: ServerError; readonly completed: number };
  },
): Promise<GroupResult> {
  await context.work.pipeline(rollbackMessages(context));
  const rows = await committedOf(context, group);
  const took = timesOf(rows);
  const { index: statement, error } = failedStatement(message, result);
  const [failed, index] = stepAt(ranges, statement);
  const built = group[failed]!;
  const isItsOwn = failed === took.length && index >= 0 && index < built.statements.length;
  if (!isItsOwn || isRetryable(error)) return { took, transaction: undefined, alone: failed };
  const failure = await recordedFailure(context, built, {
    refused: { part: "script", index, error },
  });
  return { took, transaction: undefined, failure };
}

/** The history rows of the group's committed steps, in order: a committed row can be read. */
async function committedOf(
  { work, history, fence }: RunContext,
  group: Group,
): Promise<readonly Row[]> {
  const { rows } = await work.query(outcomesOfRun(history, fence));
  const committed: Row[] = [];
  for (const { step: { definition, direction } } of group) {
    const row = rows.find((one) =>
      one["version"] === String(definition.version) && one["direction"] === direction &&
      one["success"] === "t"
    );
    if (row === undefined) break;
    committed.push(row);
  }
  return committed;
}

function timesOf(rows: readonly Row[]): readonly number[] {
  return rows.map((row) => secondsOf(row) * 1_000);
}
