/**
 * `rollback`: looks at every database before it changes the first one.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { Failure, throwCollected } from "../../failure.ts";
import type { History } from "../../history/history.ts";
import { isInstalled } from "../../history/installed.ts";
import { readHistory } from "../../history/read_history.ts";
import { planOf } from "../../plan/rollback.ts";
import { countLosses } from "../../release/count_losses.ts";
import { findWayBack, type ReleaseWay } from "../../release/find_way_back.ts";
import type { ReleaseManifest } from "../../release/release_manifest.ts";
import type { RunContext } from "../../runner/context/run_context.ts";
import { runSteps } from "../../runner/execute/run_steps.ts";
import type { StepExecutor } from "../../runner/execute/run.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { ResolvedTarget } from "../../workspace/resolve_targets.ts";
import { eachTarget } from "../../workspace/run_targets.ts";
import { reportChecksumMismatches } from "../../workspace/report_checksum_mismatches.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { type CountedWay, wayLines, wayRecords } from "../output/way_lines.ts";
import { runCommand, type RunCommandOptions } from "./run_command.ts";

/** Options of `rollback`. */
export interface RollbackOptions extends RunCommandOptions {
  readonly abandon?: readonly string[];
}

/** What a rollback is asked for. */
export interface RollbackRequest {
  /** In the order in which they are changed. */
  readonly names: readonly string[];
  readonly options: RollbackOptions;
  /** Default: what the program carries. */
  readonly release?: ReleaseManifest | undefined;
}

/**
 * Takes every database to a release. Nothing is changed in any of them unless the way of each can be
 * gone to its end, as far as that can be known.
 *
 * @throws {Failure | Failures} The first obstacle of each database; what runs throw.
 */
export async function rollback(invocation: Invocation, request: RollbackRequest): Promise<void> {
  const { names, options } = request;
  const { output, signal } = invocation;
  const ways = await eachTarget(
    invocation,
    { names, options, signal },
    (target) => survey(invocation, target, request),
  );
  if (options.dryRun) {
    for (const way of ways) {
      for (const line of wayLines(way)) output.print(line);
      for (const record of wayRecords(way)) output.record(record);
    }
  }
  throwCollected(ways.flatMap(firstObstacle));
  if (options.dryRun) {
    const steps = ways.reduce((sum, way) => sum + way.steps.length, 0);
    return output.finished({ databases: names, steps, dry_run: true });
  }
  await runCommand(invocation, {
    names,
    options,
    planner: async (target, found) => planOf(await look(invocation, target, { request, ...found })),
    execute: stopThenRun,
  });
}

function firstObstacle({ steps }: ReleaseWay): readonly Failure[] {
  return steps.flatMap(({ obstacles }) => obstacles).slice(0, 1);
}

/** Looks at one database in a session of its own; with `--dry-run`, counts what would be lost. */
async function survey(
  invocation: Invocation,
  target: ResolvedTarget,
  request: RollbackRequest,
): Promise<CountedWay> {
  const { name, connector } = target;
  const session = await connector.open({
    applicationName: `migrator ${name} (plan)`,
    condition: isInstalled(target.history),
    signal: invocation.signal,
  });
  try {
    const history = await readHistory(session, target.history);
    const way = await look(invocation, target, { request, history, session });
    const counted = request.options.dryRun
      ? await countLosses(session, way.found.losses, systemClock)
      : [];
    return { ...way, server: connector.label, counted };
  } finally {
    await session.close();
  }
}

async function look(
  invocation: Invocation,
  target: Target,
  { request, history, session }: {
    readonly request: RollbackRequest;
    readonly history: History;
    readonly session: Session;
  },
): Promise<ReleaseWay> {
  const { name, set, graph, history: where } = target;
  await reportChecksumMismatches(invocation, target, { found: history, session });
  return await findWayBack(session, {
    database: name,
    set,
    graph,
    history,
    where,
    release: request.release,
    abandon: request.options.abandon ?? [],
  });
}

/** Workers must not go on with what is taken back: they are stopped before the first step. */
const stopThenRun: StepExecutor = async (context, steps, done) => {
  await stopBatched(context, steps);
  await runSteps(context, steps, done);
};

async function stopBatched(
  { work, history, runner: { who, host } }: RunContext,
  steps: Parameters<StepExecutor>[1],
): Promise<void> {
  const { batchedWayBack, queuedNames } = await import("../../background/control/way_back.ts");
  const reverted = steps.filter(({ direction }) => direction === "down")
    .map(({ definition }) => definition);
  const names = queuedNames(reverted);
  if (names.length === 0) return;
  const { readQueuedGenerations } = await import(
    "../../background/control/queued_generations.ts"
  );
  const { stopForRevert } = await import("../../background/control/stop_for_revert.ts");
  const batched = batchedWayBack(reverted, await readQueuedGenerations(work, history, names));
  await stopForRevert(work, history, { batched, who: `${who}@${host}` });
}
