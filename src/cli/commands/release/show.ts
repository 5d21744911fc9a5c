/**
 * `release show`
 *
 * @module
 */

import type { Command } from "commander";
import { formatCount } from "../../../format/count.ts";
import type {
  ReleaseManifest,
  ShippedBatched,
  ShippedDatabase,
} from "../../../release/release_manifest.ts";
import { newVersions } from "../../../release/release_findings.ts";
import { findRelease } from "../../../release/releases.ts";
import { releasesOf } from "../../../workspace/releases.ts";
import type { GlobalOptions } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withMigrations } from "../../invocation/options.ts";
import { releaseRecord } from "./list.ts";

/** Shows one release. */
export function showCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("show")
    .summary("show what ships in a release")
    .description(
      "Shows the leaves of each database in a release, the migrations that it adds to the release " +
        "before it, and its batched migrations.",
    )
    .argument("<tag>", "the release");
  withExamples(withMigrations(command), "migrator release show v1.4.0")
    .action(async (tag: string, options: GlobalOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const releases = await releasesOf(invocation);
      const manifest = findRelease(releases, tag);
      const before = releases.find(({ release }) => release === manifest.after);
      for (const line of headLines(manifest)) output.print(line);
      output.record(releaseRecord(manifest));
      for (const [name, shipped] of manifest.databases) {
        const former = before?.databases.get(name);
        output.print(
          `${name}: ${formatCount(shipped.migrations.size, "migration")}, leaves ` +
            shipped.leaves.join(", "),
        );
        for (const version of newVersions(shipped, former)) {
          const { name: label } = shipped.migrations.get(version)!;
          output.print(`  new      ${version} (${label})`);
          output.record({ event: "release-migration", database: name, version, name: label });
        }
        for (const line of otherLines(shipped)) output.print(line);
        for (const [batched, one] of shipped.batched) {
          output.record(batchedRecord(name, batched, one));
        }
      }
      output.finished({ release: tag });
    });
}

function headLines({ release, after, from, stop }: ReleaseManifest): readonly string[] {
  return [
    `${release}${after === undefined ? "" : `, after ${after}`}`,
    ...(from === undefined ? [] : [`  one may come from ${from} on`]),
    ...(stop ? ["  a required stop: upgrades across it finish its batched migrations first"] : []),
  ];
}

function otherLines({ squashed, batched }: ShippedDatabase): readonly string[] {
  return [
    ...(squashed.length > 0 ? [`  squashed ${squashed.join(", ")}`] : []),
    ...[...batched].map(([name, { queuedBy, finalizedBy, finishBy }]) =>
      `  batched  ${name}, queued by ${queuedBy}, ${
        finalizedBy !== undefined
          ? `finalized by ${finalizedBy}`
          : finishBy !== undefined
          ? `to be finalized by ${finishBy}`
          : "finalized by none yet"
      }`
    ),
  ];
}

function batchedRecord(
  database: string,
  name: string,
  { queuedBy, finalizedBy, finishBy }: ShippedBatched,
) {
  return {
    event: "release-batched",
    database,
    name,
    queued_by: queuedBy,
    finalized_by: finalizedBy ?? null,
    finish_by: finishBy ?? null,
  };
}
