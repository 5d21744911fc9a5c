/**
 * `upgrade`: goes forward to a release, through required stops.
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import type { Session } from "../../connection/session/session.ts";
import { appliedVersions, type History } from "../../history/history.ts";
import { readHistory } from "../../history/read_history.ts";
import type { Plan } from "../../plan/plan.ts";
import type { ReleaseManifest } from "../../release/release_manifest.ts";
import { findRelease, refuseNotCarried } from "../../release/releases.ts";
import { type UpgradePhase, upgradeRoute } from "../../release/upgrade_phases.ts";
import { planPending } from "../../workspace/plan_pending.ts";
import { releasesOf } from "../../workspace/releases.ts";
import { eachTarget } from "../../workspace/run_targets.ts";
import type { ResolvedTarget } from "../../workspace/resolve_targets.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { finishBatched } from "./finish_batched.ts";
import { type RunCommandOptions, runPlans } from "./run_command.ts";

/** Options of `upgrade`. */
export interface UpgradeOptions extends RunCommandOptions {
  readonly to?: string;
}

/**
 * Runs each part of the way in all databases before the next part begins.
 *
 * @throws {Failure | Failures} `release/unknown`, `release/too-old`, and what runs throw.
 */
export async function upgrade(invocation: Invocation, options: UpgradeOptions): Promise<void> {
  const { output, signal } = invocation;
  const releases = await releasesOf(invocation);
  const target = options.to === undefined ? undefined : findRelease(releases, options.to);
  const names = await invocation.databases();
  const request = { names, options, signal };
  const applied = await eachTarget(
    invocation,
    request,
    async (one) => [one.name, await readApplied(invocation, one)] as const,
  );
  const { from, phases } = upgradeRoute(releases, { target, applied: new Map(applied) });
  let steps = 0;
  let done: ReleaseManifest | undefined;
  for (const [index, phase] of phases.entries()) {
    if (phases.length > 1 || from !== undefined) {
      output.print(phaseText(phase, { from: done ?? from, number: index + 1, of: phases.length }));
    }
    // Of a part that was only shown, nothing is applied when the next one is shown.
    const shown = options.dryRun ? done : undefined;
    steps += await runPlans(invocation, {
      names,
      options,
      planner: (one, found) => planPhase(invocation, one, { ...found, phase, shown }),
    });
    if (phase.isStop) {
      await eachTarget(
        invocation,
        request,
        (one) => finishBatched(invocation, one, { manifest: phase.release!, options }),
      );
    }
    done = phase.release;
  }
  output.finished({ databases: names, steps, dry_run: options.dryRun === true });
}

function phaseText(
  { release, isStop }: UpgradePhase,
  { from, number, of }: {
    readonly from: ReleaseManifest | undefined;
    readonly number: number;
    readonly of: number;
  },
): string {
  const where = release === undefined ? "all that is carried" : release.release;
  const words = [
    ...(of > 1 ? [`step ${number} of ${of}`] : []),
    ...(isStop ? ["a required stop"] : []),
  ];
  const remark = words.length > 0 ? ` (${words.join(", ")})` : "";
  return `from ${from?.release ?? "nothing"} to ${where}${remark}`;
}

/**
 * Plans a part of the way in one database.
 *
 * @param part.shown The part before it, when that was only shown.
 * @throws {Failure} `release/not-carried`, and what `planPending` throws.
 */
export async function planPhase(
  invocation: Invocation,
  target: Target,
  { phase: { release }, shown, history, session }: {
    readonly phase: UpgradePhase;
    readonly shown: ReleaseManifest | undefined;
    readonly history: History;
    readonly session: Session;
  },
): Promise<Plan> {
  const { name, graph } = target;
  const versionsIn = (
    { databases }: ReleaseManifest,
  ) => [...databases.get(name)?.migrations.keys() ?? []];
  if (release !== undefined) {
    const applied = appliedVersions(history);
    refuseNotCarried(release, { database: name, applied, carried: graph });
  }
  const wanted = release ? versionsIn(release) : graph.ordered.map(({ version }) => version);
  const done = new Set(shown ? versionsIn(shown) : []);
  const contents = new Set(wanted.filter((version) => !done.has(version)));
  return await planPending(invocation, target, { history, session, contents });
}

async function readApplied(
  invocation: Invocation,
  { name, connector, history }: ResolvedTarget,
): Promise<ReadonlySet<bigint>> {
  const session = await connector.open({
    applicationName: `migrator ${name} (plan)`,
    condition: isInstalled(history),
    signal: invocation.signal,
  });
  try {
    return appliedVersions(await readHistory(session, history));
  } finally {
    await session.close();
  }
}
