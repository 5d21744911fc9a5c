/**
 * `release list`
 *
 * @module
 */

import type { Command } from "commander";
import { formatCount } from "../../../format/count.ts";
import type { ReleaseManifest } from "../../../release/release_manifest.ts";
import { releasesOf } from "../../../workspace/releases.ts";
import type { GlobalOptions } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withMigrations } from "../../invocation/options.ts";

/** Lists the releases. */
export function listCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("list")
    .summary("list the releases, oldest first")
    .description("Lists the releases whose manifests are beside the migrations, oldest first.");
  withExamples(withMigrations(command), "migrator release list")
    .action(async (options: GlobalOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const releases = await releasesOf(invocation);
      const width = Math.max(0, ...releases.map(({ release }) => release.length));
      for (const one of releases) {
        output.print(`${one.release.padEnd(width)}  ${remarks(one).join(", ")}`);
        output.record(releaseRecord(one));
      }
      if (releases.length === 0) output.print("no release was cut: migrator release cut TAG");
      output.finished({ releases: releases.length });
    });
}

/** What `release list` and `release show` record of a release. */
export function releaseRecord({ release, after, from, stop, databases }: ReleaseManifest) {
  return {
    event: "release",
    release,
    after: after ?? null,
    from: from ?? null,
    stop,
    databases: Object.fromEntries(
      [...databases].map(([name, { leaves, migrations }]) => [name, {
        leaves: leaves.map(String),
        migrations: migrations.size,
      }]),
    ),
  };
}

function remarks({ after, from, stop, databases }: ReleaseManifest): readonly string[] {
  const total = [...databases.values()].reduce((sum, { migrations }) => sum + migrations.size, 0);
  return [
    `${formatCount(total, "migration")} of ${[...databases.keys()].join(", ")}`,
    ...(after === undefined ? [] : [`after ${after}`]),
    ...(from === undefined ? [] : [`from ${from} on`]),
    ...(stop ? ["required stop"] : []),
  ];
}
