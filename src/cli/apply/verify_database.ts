/**
 * Verifies the migrations of one database, and prints what is found.
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import { findTarget } from "../../plan/plan.ts";
import { systemClock } from "../../runtime/clock.ts";
import { sampleOrders } from "../../verify/sample_orders.ts";
import { isFinding, type Verification, verifyMigrations } from "../../verify/verify_migrations.ts";
import { verifyOrders } from "../../verify/verify_orders.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";
import {
  orderLines,
  orderRecord,
  verificationLines,
  verificationRecord,
} from "../output/verify_lines.ts";
import type { VerifiedCase } from "../output/verify_report.ts";
import { WorkProgressLine } from "../output/work_progress.ts";
import { openShadow } from "./open_shadow.ts";

/** What to verify of it, and how. */
export interface VerifyRequest {
  /** Undefined: all. */
  readonly chosen: ReadonlySet<bigint> | undefined;
  readonly twice?: boolean;
  /** How many other orders to try. */
  readonly orders: number;
  readonly seed: number;
  readonly shadowUrl?: string;
  /** Prints nothing: a report follows. */
  readonly isSilent: boolean;
}

/** What came out. */
export interface VerifiedDatabase {
  readonly verified: number;
  readonly findings: number;
  /** In the order in which they were verified. */
  readonly results: readonly VerifiedCase[];
}

/** @throws {Failure} `plan/unknown-target`, `shadow/*`. */
export async function verifyDatabase(
  invocation: Invocation,
  name: string,
  request: VerifyRequest,
): Promise<VerifiedDatabase> {
  const { output, signal } = invocation;
  const target = await invocation.target(name);
  const { graph, history } = target;
  for (const version of request.chosen ?? []) findTarget({ database: name, graph }, version);
  const print = (...lines: readonly string[]) => {
    if (!request.isSilent) output.print(...lines);
  };
  const printFinding = (lines: readonly string[]) =>
    print(...lines.map((line) => line.startsWith(" ") ? line : `${name}: ${line}`));
  const shadows = {
    definitions: graph.ordered,
    without: [history.schema],
    shadow: () => openShadow(invocation, name, request.shadowUrl),
    signal,
  };
  const progress = new WorkProgressLine(output, systemClock);
  const results: VerifiedCase[] = [];
  const verifications: Verification[] = [];
  const total = request.chosen?.size ?? graph.ordered.length;
  for await (const verification of chosenOf(shadows, { ...request, total })) {
    verifications.push(verification);
    results.push({ migration: verification });
    printFinding(verificationLines(verification, output.style));
    output.record(verificationRecord(verification, name));
    progress.show({ what: `verifying ${name}`, done: verifications.length, total });
  }
  const orders = sampleOrders(graph.ordered, { count: request.orders, seed: request.seed });
  let done = 0;
  for await (const verification of verifyOrders({ ...shadows, orders })) {
    results.push({ order: verification, number: ++done });
    printFinding(orderLines(verification, output.style));
    output.record(orderRecord(verification, name));
    progress.show({ what: `ordering ${name} otherwise`, done, total: orders.length });
  }
  progress.end();
  const findings = results.filter(hasFinding).length;
  print(`${output.style.bold(name)}: ${summary(verifications, { findings, orders: done })}`);
  const unchecked = notChecked(target, { verifications, request, orders: done });
  print(`  not checked: ${unchecked.join("; ")}`);
  output.record({ event: "not-verified", database: name, what: unchecked });
  return { verified: verifications.length, findings, results };
}

type Shadows = Omit<Parameters<typeof verifyMigrations>[0], "isChosen" | "twice">;

/** Ends with the last that is chosen. */
async function* chosenOf(
  shadows: Shadows,
  { chosen, twice = false, total }: VerifyRequest & { readonly total: number },
): AsyncGenerator<Verification, void, undefined> {
  if (total === 0) return;
  let verified = 0;
  const isChosen = ({ version }: { readonly version: bigint }) => chosen?.has(version) ?? true;
  for await (const verification of verifyMigrations({ ...shadows, isChosen, twice })) {
    yield verification;
    if (++verified === total) return;
  }
}

function hasFinding(result: VerifiedCase): boolean {
  return "order" in result ? result.order.kind !== "same" : isFinding(result.migration);
}

function summary(
  verifications: readonly Verification[],
  { findings, orders }: { readonly findings: number; readonly orders: number },
): string {
  const count = (kind: Verification["kind"]) =>
    verifications.filter((one) => one.kind === kind).length;
  return `verified ${formatCount(verifications.length, "migration")}: ` +
    `${count("reversible")} can be reverted, ${count("irreversible")} irreversible, ` +
    `${findings} with findings` + (orders === 0 ? "" : `; ${formatCount(orders, "other order")}`);
}

/** What a person could take for checked, each a clause. */
function notChecked(
  { set, graph }: Target,
  { verifications, request, orders }: {
    readonly verifications: readonly Verification[];
    readonly request: VerifyRequest;
    readonly orders: number;
  },
): readonly string[] {
  const irreversible = verifications.filter(({ kind }) => kind === "irreversible").length;
  const rest = graph.ordered.length - verifications.length;
  const tooLarge = [...new Set(verifications.flatMap((one) => one.tooLarge))].sort();
  const batched = set.background.length;
  return [
    ...(rest === 0 ? [] : [`${formatCount(rest, "other migration")}`]),
    ...(irreversible === 0
      ? []
      : [`the way back of ${formatCount(irreversible, "irreversible migration")}`]),
    ...(batched === 0
      ? []
      : [`${formatCount(batched, "batched migration")} (migrator background test)`]),
    ...(tooLarge.length === 0 ? [] : [`rows of ${tooLarge.join(", ")}, which has too many`]),
    ...(request.twice ? [] : ["scripts run twice in a row (--twice)"]),
    ...(orders > 0 || !isBranched(graph.ordered) ? [] : ["other orders of the graph (--orders)"]),
    "rows that only a customer's database has",
    "times in rows",
    "values of sequences",
    "the order of columns",
  ];
}

/** Whether there is more than one order. */
function isBranched(ordered: readonly { readonly version: bigint }[]): boolean {
  return sampleOrders(ordered as Parameters<typeof sampleOrders>[0], { count: 1, seed: 1 }).length >
    0;
}
