/**
 * Finishes the batched migrations of a required stop.
 *
 * @module
 */

import type { ReleaseManifest } from "../../release/release_manifest.ts";
import { systemClock } from "../../runtime/clock.ts";
import { batchedFinalizer } from "../../workspace/batched_migration_hooks.ts";
import type { ResolvedTarget } from "../../workspace/resolve_targets.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { RunCommandOptions } from "./run_command.ts";

/**
 * Finalizes what a release queues and leaves open. With `--dry-run` it only says so.
 *
 * @throws {Failure} `background/*`, `interrupted/*`.
 */
export async function finishBatched(
  invocation: Invocation,
  target: ResolvedTarget,
  { manifest, options }: {
    readonly manifest: ReleaseManifest;
    readonly options: RunCommandOptions;
  },
): Promise<void> {
  const { output, signal } = invocation;
  const { name, connector, history } = target;
  const open = [...manifest.databases.get(name)?.batched ?? []]
    .filter(([, { finalizedBy }]) => finalizedBy === undefined).map(([batched]) => batched);
  if (open.length === 0) return;
  if (options.dryRun) {
    return output.print(`${name}: then finish the batched migrations ${open.join(", ")}`);
  }
  const { readProgressSnapshots } = await import(
    "../../background/status/progress_snapshot.ts"
  );
  const session = await connector.open({ applicationName: `migrator ${name} (stop)`, signal });
  const snapshots = await readProgressSnapshots(session, history).finally(() => session.close());
  const finalize = batchedFinalizer(target, {
    ...options,
    report: output.event,
    code: invocation.ownCode(),
    async watch() {
      const { LiveProgress } = await import("../output/live_progress.ts");
      const liveProgress = new LiveProgress(output, systemClock);
      return (snapshot) => liveProgress.show(name, [snapshot]);
    },
  });
  for (const one of snapshots.filter((snapshot) => open.includes(snapshot.name))) {
    if (one.status === "finalized" || one.direction === "down") continue;
    await finalize({ name: one.name, arguments: one.arguments, direction: "up" }, signal);
    output.print(`${name}: batched migration ${one.name} is finished`);
  }
}
