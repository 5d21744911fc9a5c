/**
 * Checks releases, for `release check` and before `release cut`.
 *
 * @module
 */

import type { DefinitionSet } from "../../definition/migration/definition.ts";
import type { ReleaseManifest } from "../../release/release_manifest.ts";
import { patchLosses } from "../../release/patch_losses.ts";
import { type ReleaseFinding, releaseFindings } from "../../release/release_findings.ts";
import type { Source } from "../../source/source.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { wrap } from "../output/wrap.ts";

/** The migrations of every database of a source. */
export async function setsOf(
  invocation: Invocation,
  source: Source,
): Promise<readonly DefinitionSet[]> {
  return await Promise.all(
    source.databases.map((name) => source.load(name, invocation.defined(name))),
  );
}

/** Every finding about a release. */
export async function findingsOf(
  manifest: ReleaseManifest,
  { releases, sets }: {
    readonly releases: readonly ReleaseManifest[];
    readonly sets: readonly DefinitionSet[];
  },
): Promise<readonly ReleaseFinding[]> {
  const before = releases.find(({ release }) => release === manifest.after);
  return [
    ...releaseFindings(manifest, releases),
    ...await patchLosses(sets, { manifest, before }),
  ];
}

/** Prints findings. */
export function printFindings(
  { output }: Invocation,
  findings: readonly ReleaseFinding[],
): void {
  for (const { kind, release, database, version, message, hint } of findings) {
    output.print(...wrap(`${release}: `, message));
    output.print(...wrap("  next: ", hint));
    output.record({
      event: "release-finding",
      kind,
      release,
      database: database ?? null,
      version: version ?? null,
      message,
      hint,
    });
  }
}
