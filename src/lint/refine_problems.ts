// Pure.
/**
 * Corrects what rules found by what was measured.
 *
 * @module
 */

import type { JudgedProblem } from "./judge_script.ts";
import type { MeasuredScript } from "./measure/measure_script.ts";
import { isAtLeastMode, type Observation, observationText } from "./measure/observation.ts";
import { writtenTable } from "./model/alteration.ts";
import type { LintedScript, LintedStatement } from "./model/linted_script.ts";
import type { Effect, Rule } from "./model/rule.ts";
import { measuredDrop } from "./rules/compatibility/measured_drop.ts";
import { measuredChange } from "./rules/data/measured_change.ts";
import { refusedWithRows } from "./rules/data/refused_with_rows.ts";
import { measuredIndexBuild } from "./rules/locks/measured_index_build.ts";
import { measuredLock } from "./rules/locks/measured_lock.ts";
import { measuredRewrite } from "./rules/locks/measured_rewrite.ts";
import { measuredScan } from "./rules/locks/measured_scan.ts";

/**
 * Takes away problems whose effect was not seen, and adds those that only the measurement shows.
 *
 * A problem inside a DO block stays: on another database the block may take another branch.
 */
export function refineProblems(
  problems: readonly JudgedProblem[],
  script: LintedScript,
  { observations, refused }: MeasuredScript,
): readonly JudgedProblem[] {
  const seen = (statement: LintedStatement | undefined) =>
    statement &&
    observations.get((statement.within ?? statement).start)?.filter(({ isOld }) => isOld);
  const kept = problems.filter(({ rule, statement }) => {
    const own = seen(statement);
    if (rule.effect === undefined || own === undefined || statement?.within !== undefined) {
      return true;
    }
    return own.some((observation) => EFFECTS[rule.effect!](observation));
  }).map((problem) => {
    const own = seen(problem.statement) ?? [];
    return problem.rule.family !== "locks" || own.length === 0
      ? problem
      : { ...problem, measured: own.map(observationText) };
  });
  const own = script.statements.filter(({ within }) => within === undefined);
  const added = own.flatMap((statement) => {
    const told = kept.filter(({ statement: one }) => (one?.within ?? one) === statement);
    return (seen(statement) ?? []).flatMap((observation) =>
      unseen(observation, {
        statement,
        isOpaque: isOpaque(statement, script),
        told: told.map(({ rule }) => rule),
      })
    );
  });
  const refusal = own.filter(({ start }) => start === refused?.start).filter((statement) =>
    // That a required column is refused, or that rows offend against a constraint, is said already.
    !kept.some((one) => one.statement === statement && REFUSED_ANYWAY.includes(one.rule.code))
  ).map((statement): JudgedProblem => ({
    rule: refusedWithRows,
    message: `With rows in its tables the server refused it: ${refused?.message}.`,
    statement,
    start: statement.start,
  }));
  return [...kept, ...added, ...refusal].toSorted((a, b) => a.start - b.start);
}

/** Whether an observation shows the effect that a rule claims. */
const EFFECTS: Readonly<Record<Effect, (observation: Observation) => boolean>> = {
  rewrite: ({ isRewritten }) => isRewritten,
  scan: ({ scans, isRewritten }) => scans > 0 || isRewritten,
  index: ({ indexes }) => indexes.length > 0,
};

/** Rules that already say that a statement fails where rows offend against it. */
const REFUSED_ANYWAY: readonly string[] = [
  "required-column",
  "set-not-null",
  "check-without-not-valid",
  "foreign-key-without-not-valid",
  "primary-key-of-nullable",
];

/** Whether a statement does what its text does not say: a DO block does if it has dynamic SQL. */
function isOpaque(statement: LintedStatement, { opaque }: LintedScript): boolean {
  const { node } = statement;
  if ("CallStmt" in node || "SelectStmt" in node) return true;
  return opaque.some((one) => one === statement || one.within === statement);
}

/** What no rule has told of. */
function unseen(
  observation: Observation,
  { statement, isOpaque, told }: {
    readonly statement: LintedStatement;
    readonly isOpaque: boolean;
    readonly told: readonly Rule[];
  },
): readonly JudgedProblem[] {
  const { relation, held, isRewritten, scans, indexes, isDropped, rowsWritten, rowsRead } =
    observation;
  const says = (...codes: readonly string[]) => told.some(({ code }) => codes.includes(code));
  const claims = (effect: Effect) => told.some((rule) => rule.effect === effect);
  const problem = (rule: Rule, message: string): readonly JudgedProblem[] => [{
    rule,
    message,
    statement,
    start: statement.start,
    measured: [observationText(observation)],
  }];
  if (isDropped) {
    return isOpaque && !says("drop-table", "drop-schema")
      ? problem(measuredDrop, `It drops ${relation}.`)
      : [];
  }
  if (isRewritten) {
    return claims("rewrite") || says("truncate-table", "vacuum-full", "refresh-not-concurrent")
      ? []
      : problem(measuredRewrite, `It rewrites ${relation}: nobody can read or write it meanwhile.`);
  }
  if (indexes.length > 0) {
    return claims("index") || claims("rewrite") || says("reindex-not-concurrent")
      ? []
      : problem(measuredIndexBuild, `It builds ${indexes.join(", ")} on ${relation}.`);
  }
  if (isOpaque && rowsWritten >= MANY_ROWS && rowsWritten * 2 >= rowsRead) {
    return told.some(({ family }) => family === "data")
      ? []
      : problem(measuredChange, `It changed ${rowsWritten} rows of ${relation}.`);
  }
  // Nobody but REFRESH writes to a materialized view.
  const stopping = observation.kind === "m" ? "ACCESS EXCLUSIVE" : "SHARE";
  if (scans > 0 && isAtLeastMode(held, stopping) && writtenTable(statement.node) === undefined) {
    return claims("scan") || claims("rewrite") || says("change-without-where", "unbatched-backfill")
      ? []
      : problem(measuredScan, `It reads every row of ${relation} under a lock (${held}).`);
  }
  if (!isOpaque) return [];
  if (isAtLeastMode(observation.mode, "ACCESS EXCLUSIVE")) {
    return told.some(({ family }) => family === "locks" || family === "compatibility")
      ? []
      : problem(
        measuredLock,
        `It locks ${relation} against reads and writes until the migration ends.`,
      );
  }
  return [];
}

/** Of the two hundred that a seeded table has. */
const MANY_ROWS = 50;
