/**
 * Forecasts a batched migration without running it: the scan of its table, PostgreSQL's plans of
 * its statements, and the amount of work.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { parseQualifiedName } from "../../sql/qualified_name.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import { estimateUnits } from "../state/row_estimate.ts";
import { begin } from "../state/background_transaction.ts";
import { rollBack } from "../../connection/session/transaction.ts";
import { examineTable } from "../strategy/plan_scan.ts";
import type { TableFinding } from "../strategy/finding.ts";
import type { KeyRange } from "../strategy/strategy.ts";
import { readBodyFacts, readSizes } from "./body_facts.ts";
import { bodyShape } from "./body_shape.ts";
import { type Estimate, estimate, unitOf } from "./estimate.ts";
import { attempt, explain } from "./explain.ts";
import { type Explained, planNodes } from "./explained.ts";
import {
  emptyStatementsOf,
  type ScannedRelation,
  scannedRelations,
  subBatchStatements,
} from "./relations.ts";
import { assessBody, assessBound, isSmall } from "./assess_plan.ts";
import { assessShape } from "./assess_shape.ts";
import { drawSampleRanges, rangeAt, type SampleRange } from "./sample_ranges.ts";

/** The forecast. */
export interface Forecast {
  /** Undefined if the table cannot be scanned. */
  readonly scanPlan: ScanPlan | undefined;
  /** Refusals first. */
  readonly findings: readonly TableFinding[];
  /** The plan of the query for the end of a batch; undefined if there is no such query. */
  readonly bound: Explained | undefined;
  /** Plans of the statements of a sub-batch in the middle of the table. */
  readonly body: readonly Explained[];
  /** The range of that sub-batch. */
  readonly range: KeyRange | undefined;
  readonly estimate: Estimate | undefined;
}

/**
 * Forecasts in one READ ONLY transaction, which is rolled back.
 *
 * @throws {Failure} `connection/lost`.
 * @throws {SqlError} The server refused a query of migrator.
 */
export async function forecast(session: Session, declaration: BatchedMigration): Promise<Forecast> {
  const { statementTimeout, lockTimeout } = declaration;
  await session.query(begin(session, { statementTimeout, lockTimeout, isReadOnly: true }));
  try {
    return await look(session, declaration);
  } finally {
    await rollBack(session);
  }
}

const NOTHING: Forecast = {
  scanPlan: undefined,
  findings: [],
  bound: undefined,
  body: [],
  range: undefined,
  estimate: undefined,
};

async function look(session: Session, declaration: BatchedMigration): Promise<Forecast> {
  const { scanPlan, findings } = await examineTable(session, declaration);
  if (scanPlan === undefined) return { ...NOTHING, findings };
  const relations = await scannedRelations(session, { declaration, scanPlan });
  const shape = await bodyShape(declaration, parseQualifiedName(declaration.table)!.name);
  const facts = await readBodyFacts(session, { table: declaration.table, shape });
  const total = relations.reduce((sum, { bytes }) => sum + bytes, 0);
  const walked = new Set(await namesOf(session, scanPlan));

  const bounds = await explainBound(session, { declaration, relations, walked });
  const { sampleRange, range } = bounds;
  const bodies = await explainBody(session, {
    statements: sampleRange && range
      ? subBatchStatements(declaration, { scanned: sampleRange.scanned, range })
      : emptyStatementsOf(declaration),
    walked,
    isForced: isSmall(total),
  });
  // The query for the bound has already found errors of the filter.
  const counted = await attempt(
    session,
    () => estimateUnits(session, { declaration, scanPlan }),
  );
  const isEmpty = relations.length > 0 && bounds.range === undefined &&
    bounds.findings.length === 0;
  const units = isEmpty ? 0 : counted instanceof SqlError ? undefined : counted;
  const rows = unitOf(declaration) === "rows" ? units : scanPlan.estimate;
  const relation = scanPlan.segments.length === 1 && !scanPlan.segments[0]!.isPart
    ? scanPlan.segments[0]!.relation
    : declaration.table;
  const all = [
    ...findings,
    ...bounds.findings,
    ...bodies.findings,
    ...assessShape(shape, { facts, relation }),
    ...(declaration.sql.length === 0 ? [NOT_SQL] : []),
    ...(declaration.strategy === "custom" ? [OWN_STRATEGY] : []),
    ...(isEmpty ? [empty(declaration, relation)] : isSmall(total) ? [small(relation, total)] : []),
  ];
  return {
    scanPlan,
    findings: all.sort((a, b) => rank(a) - rank(b)),
    bound: bounds.plan,
    // A plan for an empty range has no meaning.
    body: range === undefined ? [] : bodies.plans,
    range: bounds.range,
    estimate: estimate(declaration, {
      units,
      rows,
      shape,
      facts,
      changesIndexed: findings.some(({ code }) =>
        code === "background/indexed-columns" || code === "background/full-pages"
      ),
    }),
  };
}

function rank({ level }: TableFinding): number {
  return level === "refuse" ? 0 : 1;
}

const NOT_SQL: TableFinding = {
  level: "warn",
  code: "background/plan-not-sql",
  message: "It is written in TypeScript: what its sub-batches do is not known before they do it.",
  hint: "Try it on a copy: migrator background work --once",
};

const OWN_STRATEGY: TableFinding = {
  level: "warn",
  code: "background/plan-own-strategy",
  message:
    "It is walked by a strategy of the program's own: its bounds and sub-batches are not looked at.",
  hint: "Try it on a copy: migrator background work --once",
};

function empty({ filter }: BatchedMigration, relation: string): TableFinding {
  return {
    level: "warn",
    code: "background/plan-empty",
    message: filter === undefined
      ? `${relation} is empty here: there is nothing to do, and nothing to plan by.`
      : `No row of ${relation} passes the filter here: there is nothing to do, and nothing to plan by.`,
    hint: "Ask again where there are rows, such as a copy of production.",
  };
}

function small(relation: string, bytes: number): TableFinding {
  return {
    level: "warn",
    code: "background/plan-small",
    message: `${relation} has ${Math.ceil(bytes / 1024)} kB here: so small a table says little ` +
      "about a large one. Plans are those of a table that is too large to be read whole.",
    hint: "Ask again where there are as many rows as there will be, such as a copy of production.",
  };
}

/** Reads `schema.name` of the segments, unquoted, as in EXPLAIN. */
async function namesOf(session: Session, { segments }: ScanPlan): Promise<readonly string[]> {
  if (segments.length === 0) return [];
  const { rows } = await session.query(
    `SELECT n.nspname || '.' || c.relname AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid IN (${segments.map(({ oid }) => oid).join(", ")})`,
  );
  return rows.map((row) => row["name"]!);
}

interface Bounds {
  readonly plan: Explained | undefined;
  readonly sampleRange: SampleRange | undefined;
  readonly range: KeyRange | undefined;
  readonly findings: readonly TableFinding[];
}

/** Finds the end of a batch in the middle of the table as a worker would, with EXPLAIN. */
async function explainBound(
  session: Session,
  { declaration, relations, walked }: {
    readonly declaration: BatchedMigration;
    readonly relations: readonly ScannedRelation[];
    readonly walked: ReadonlySet<string>;
  },
): Promise<Bounds> {
  const { batchSize, subBatchSize } = declaration;
  const found = await attempt(session, async () => {
    const [sampleRange] = await drawSampleRanges(session, { relations, count: 1 });
    if (sampleRange === undefined) return { plan: undefined, sampleRange, range: undefined };
    const { strategy, scan } = sampleRange.scanned;
    const question = {
      after: sampleRange.after,
      until: sampleRange.until,
      size: batchSize,
      first: true,
    };
    const plan = await explain(session, strategy.bound(scan, question), {
      isRun: true,
      byIndex: true,
    });
    const sub = await rangeAt(session, { sampleRange, size: subBatchSize });
    return { plan, sampleRange, range: sub?.range };
  });
  if (!(found instanceof SqlError)) {
    const isByKey = declaration.strategy !== "ctid";
    return {
      ...found,
      findings: isByKey && found.plan ? assessBound(found.plan.root, { walked }) : [],
    };
  }
  const { sqlstate, message } = found.server;
  const isSlow = sqlstate === "57014";
  return {
    plan: undefined,
    sampleRange: undefined,
    range: undefined,
    findings: [{
      level: "refuse",
      code: isSlow ? "background/plan-bound" : "background/plan-refused",
      message: isSlow
        ? `Finding the end of one batch took longer than statementTimeout (${declaration.statementTimeout} ms).`
        : `The server refuses to look for the end of a batch: ${message} (SQLSTATE ${sqlstate}).`,
      hint: isSlow
        ? "Let the key's index hold the columns of `filter`, or lower `batchSize`."
        : missing(sqlstate),
    }],
  };
}

/** undefined_column, undefined_table, undefined_function. */
const UNDEFINED = ["42703", "42P01", "42883"];

function missing(sqlstate: string): string {
  return UNDEFINED.includes(sqlstate)
    ? "Correct the name; or, where a migration that is not applied yet makes it: migrator up"
    : "Correct the statement in the declaration.";
}

async function explainBody(
  session: Session,
  { statements, walked, isForced }: {
    readonly statements: readonly string[];
    readonly walked: ReadonlySet<string>;
    /** Whether to prefer index scans even for a small table. */
    readonly isForced: boolean;
  },
): Promise<{ readonly plans: readonly Explained[]; readonly findings: readonly TableFinding[] }> {
  const plans: Explained[] = [];
  const findings: TableFinding[] = [];
  for (const statement of statements) {
    const plan = await attempt(session, () => explain(session, statement, { byIndex: isForced }));
    if (!(plan instanceof SqlError)) {
      plans.push(plan);
      continue;
    }
    const { sqlstate, message } = plan.server;
    findings.push({
      level: "refuse",
      code: "background/plan-refused",
      message: `The server refuses a statement of a sub-batch: ${message} (SQLSTATE ${sqlstate}).`,
      hint: missing(sqlstate),
    });
  }
  const nodes = plans.flatMap(({ root }) => [...planNodes(root)]);
  const relations = nodes.flatMap(({ relation }) => relation === undefined ? [] : [relation]);
  const bytes = await readSizes(session, [...new Set(relations)]);
  findings.push(...plans.flatMap(({ root }) => assessBody(root, { bytes, walked })));
  return { plans, findings };
}
