/**
 * Taking over a database from another tool: look, show, and record under the lock.
 *
 * @module
 */

import { toolSessions } from "../../adoption/tool_sessions.ts";
import { nameOf } from "../../adoption/foreign_database.ts";
import { type LocatedHistory, locateHistory } from "../../adoption/locate_history.ts";
import {
  type AdoptionPlan,
  type FailedAs,
  planAdoption,
  planBaseline,
} from "../../adoption/plan_adoption.ts";
import { summaryOf } from "../../adoption/refuse_foreign.ts";
import type { Session } from "../../connection/session/session.ts";
import { formatCount } from "../../format/count.ts";
import type { History } from "../../history/history.ts";
import { readHistory } from "../../history/read_history.ts";
import { recordAdoptedSteps } from "../../runner/recover/record_adopted_steps.ts";
import type { ResolvedTarget } from "../../workspace/resolve_targets.ts";
import { eachTarget, runTarget } from "../../workspace/run_targets.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { adoptionLines } from "../output/adoption_lines.ts";

/** Options of `adopt`: `from` or `baseline`. */
export interface AdoptOptions extends GlobalOptions {
  readonly from?: string;
  readonly table?: string;
  readonly failedAs?: FailedAs;
  readonly baseline?: bigint;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

interface Found {
  readonly plan: AdoptionPlan;
  /** Undefined for a baseline. */
  readonly located: LocatedHistory | undefined;
}

/**
 * Does so in each database. What is shown was read before the lock is taken; it is read and planned
 * again under it.
 *
 * @throws {Failure | Failures} `history/no-foreign-history`, `history/foreign-failed` and the like.
 */
export async function adopt(invocation: Invocation, options: AdoptOptions): Promise<void> {
  const { output, signal } = invocation;
  const { dryRun = false } = options;
  const names = await invocation.databases();
  const counts = await eachTarget(
    invocation,
    { names, options: {}, signal },
    async (target) => {
      const found = await look(invocation, target, options);
      show(invocation, target, { found, dryRun });
      return dryRun ? found.plan.steps.length : await record(invocation, target, options);
    },
  );
  const steps = counts.reduce((sum, count) => sum + count, 0);
  output.finished({ databases: names, steps, dry_run: dryRun });
}

async function planOf(
  { name, graph, history: where }: ResolvedTarget,
  { session, history, options }: {
    readonly session: Session;
    readonly history: History;
    readonly options: AdoptOptions;
  },
): Promise<Found> {
  const { from, table, failedAs, baseline, reason } = options;
  const situation = { database: name, graph, history };
  if (from === undefined) {
    const plan = planBaseline(situation, { version: baseline!, reason });
    return { plan, located: undefined };
  }
  const located = await locateHistory(session, { history: where, from, table });
  return { plan: planAdoption(situation, { located, failedAs }), located };
}

async function look(
  { signal, output }: Invocation,
  target: ResolvedTarget,
  options: AdoptOptions,
): Promise<Found> {
  const applicationName = `migrator ${target.name} (adopt)`;
  const session = await target.connector.open({ applicationName, signal });
  try {
    const history = await readHistory(session, target.history);
    const found = await planOf(target, { session, history, options });
    for (const one of found.located ? await toolSessions(session, found.located.tool) : []) {
      output.warn(
        `${found.located!.tool.title} seems to be at work in database "${target.name}": ` +
          `${one.application} (pid ${one.pid}, role ${one.role})`,
      );
    }
    return found;
  } finally {
    await session.close();
  }
}

function show(
  { output }: Invocation,
  { name, connector }: ResolvedTarget,
  { found: { plan, located }, dryRun }: { readonly found: Found; readonly dryRun: boolean },
): void {
  const { match } = plan;
  output.print(
    located === undefined
      ? `${output.style.bold(name)} on ${connector.label}`
      : `${output.style.bold(name)} on ${connector.label}: ${located.tool.title}'s ` +
        `${nameOf(located.table)} is at ${summaryOf(located.history)}`,
  );
  for (const line of adoptionLines(plan, { all: dryRun, style: output.style })) {
    output.print(`  ${line}`);
  }
  output.record({
    event: "foreign-history",
    database: name,
    server: connector.label,
    tool: located?.tool.name ?? null,
    table: located ? nameOf(located.table) : null,
    to_record: plan.steps.map(({ definition }) => String(definition.version)),
    edited: match?.applied.filter(({ isEdited }) => isEdited)
      .map(({ definition }) => String(definition.version)) ?? [],
    unsettled: match?.unsettled.map(({ definition, entry }) => ({
      version: String(definition.version),
      state: entry.state,
      remark: entry.remark ?? null,
    })) ?? [],
    missing: match?.missing.map(({ key }) => key) ?? [],
    skipped: match?.skipped.map(({ version }) => String(version)) ?? [],
    pending: match?.pending.map(({ version }) => String(version)) ?? [],
  });
}

async function record(
  invocation: Invocation,
  target: ResolvedTarget,
  options: AdoptOptions,
): Promise<number> {
  const { output, signal } = invocation;
  const { name } = target;
  let plan: AdoptionPlan | undefined;
  const { done, server } = await runTarget(target, {
    plan: async (history, session) => {
      const found = await planOf(target, { session, history, options });
      return plan = found.plan;
    },
    // Nothing is "to run".
    report: (event) => event.type === "planned" || output.event(event),
    signal,
    code: undefined,
    execute: recordAdoptedSteps((version) => plan!.notes.get(version)!),
    recordsOnly: true,
  });
  output.print(
    done.length === 0
      ? `${name}: nothing to record on ${server}`
      : `${name}: recorded ${formatCount(done.length, "migration")} as applied; nothing was run. ` +
        `Next: migrator up --db ${name} --dry-run`,
  );
  output.record({ event: "database", database: name, server, steps: done.length });
  return done.length;
}
