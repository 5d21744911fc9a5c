// Pure.
/**
 * Judges from PostgreSQL's plan whether the cost of a sub-batch is independent of the size of its
 * tables.
 *
 * @module
 */

import type { TableFinding } from "../strategy/finding.ts";
import { type PlanNode, planNodes } from "./explained.ts";

/** Facts about the relations of a plan. */
export interface PlanFacts {
  /** Bytes by `schema.name`, unquoted. */
  readonly bytes: ReadonlyMap<string, number>;
  /** The scanned relations and their parent: `schema.name`, unquoted. */
  readonly walked: ReadonlySet<string>;
}

/** Bytes that each sub-batch may read in full, which takes some milliseconds; more is refused. */
const LARGE = 8 * 1024 * 1024;

/** Bytes that may be read again for each row at negligible cost. */
const TRIFLE = 64 * 1024;

/** Whether a table is so small that reading all of it is fine. */
export function isSmall(bytes: number): boolean {
  return bytes < LARGE;
}

/** Codes of findings that become warnings when the user allows sequential scans. */
export const ALLOWED_WITH_SEQ_SCAN: readonly TableFinding["code"][] = [
  "background/plan-seq-scan",
  "background/plan-nested-scan",
];

/** Judges the plan of a statement in the body. */
export function assessBody(
  root: PlanNode,
  { bytes, walked }: PlanFacts,
): readonly TableFinding[] {
  const findings: TableFinding[] = [];
  const seen = new Set<string>();
  for (const { node, times } of withTimes(root)) {
    if (node.kind !== "Seq Scan" || node.relation === undefined) continue;
    if (seen.has(node.relation)) continue;
    const size = bytes.get(node.relation) ?? 0;
    const finding = times > 1
      ? nestedScan(node, { size, times })
      : wholeScan(node, { size, isScanned: walked.has(node.relation) });
    if (finding === undefined) continue;
    seen.add(node.relation);
    findings.push(finding);
  }
  return findings;
}

/** Yields each node with its number of loops, as the planner estimates it. */
function* withTimes(
  node: PlanNode,
  times = 1,
): Generator<{ readonly node: PlanNode; readonly times: number }, void, undefined> {
  yield { node, times };
  const outer = node.children.find(({ relationship }) => relationship === "Outer");
  for (const child of node.children) {
    const isRepeated = child.relationship === "SubPlan" ||
      (node.kind === "Nested Loop" && child.relationship === "Inner");
    // A node that keeps its rows in memory reads them once.
    const isKept = child.kind === "Materialize" || child.kind === "Memoize";
    const repeated = child.relationship === "SubPlan" ? node.rows : outer?.rows ?? 1;
    yield* withTimes(child, isRepeated && !isKept ? times * Math.max(1, repeated) : times);
  }
}

function wholeScan(
  { relation, alias }: PlanNode,
  { size, isScanned }: { readonly size: number; readonly isScanned: boolean },
): TableFinding | undefined {
  if (isSmall(size) && !isScanned) return undefined;
  const of = isScanned
    ? "whatever rows the sub-batch is about"
    : `${megabytes(size)} that one sub-batch hardly needs`;
  return {
    level: isSmall(size) ? "warn" : "refuse",
    code: "background/plan-seq-scan",
    message: `Each sub-batch reads all of ${relation}, ${of}.`,
    hint: isScanned
      ? `Let batch(${alias ?? ""}) stand alone between ANDs, and ANALYZE ${relation}; to run it ` +
        "all the same: --allow-seq-scan"
      : `Build an index for the condition on ${relation}, or ANALYZE it; to run it all the same: ` +
        "--allow-seq-scan",
  };
}

function nestedScan(
  { relation, filter }: PlanNode,
  { size, times }: { readonly size: number; readonly times: number },
): TableFinding | undefined {
  if (size <= TRIFLE) return undefined;
  return {
    level: size * times < LARGE * 10 ? "warn" : "refuse",
    code: "background/plan-nested-scan",
    message: `For each of its rows (some ${Math.round(times)}) a sub-batch reads all of ` +
      `${relation}${filter === undefined ? "" : `, looking for ${filter}`}.`,
    hint: `Build an index on ${relation} for it, CONCURRENTLY and in a migration before; to run ` +
      "it all the same: --allow-seq-scan",
  };
}

/** Rows that the filter may remove for each row that it keeps, and in total. */
const MOST_REMOVED = { each: 10, warn: 1_000, refuse: 200_000 };

/** Judges the executed plan of the query for a batch's end. */
export function assessBound(
  root: PlanNode,
  { walked }: Pick<PlanFacts, "walked">,
): readonly TableFinding[] {
  const nodes = [...planNodes(root)].filter(({ actual }) => actual && actual.loops > 0);
  const reading = nodes.filter(({ relation }) => relation !== undefined && walked.has(relation));
  const scanned = reading.find(({ kind }) => kind === "Seq Scan" || kind === "Bitmap Heap Scan");
  const isSorted = nodes.some(({ kind, children }) =>
    /Sort$/.test(kind) && [...children].some((child) => reading.includes(child))
  );
  const removed = sum(reading, ({ actual }) => actual!.removed * actual!.loops);
  const found = sum(reading, ({ actual }) => actual!.rows * actual!.loops);
  return [
    ...(scanned === undefined && !isSorted ? [] : [
      {
        level: "refuse",
        code: "background/plan-bound",
        message: `To find where a batch ends, PostgreSQL ${
          isSorted ? "sorts" : "reads"
        } the rows of ${reading[0]!.relation} instead of following the index.`,
        hint: "Walk by another key; see which indexes there are: \\d in psql.",
      } as const,
    ]),
    ...(removed <= MOST_REMOVED.warn || removed <= MOST_REMOVED.each * found ? [] : [
      {
        level: removed > MOST_REMOVED.refuse ? "refuse" : "warn",
        code: "background/plan-filter",
        message: `To find where one batch ends, ${removed} rows of ${reading[0]!.relation} were ` +
          `read that the filter does not let through, and ${found} that it does.`,
        hint:
          "Build an index by the key that holds the filter's columns too, or put the condition " +
          "into `sql` only.",
      } as const,
    ]),
  ];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
