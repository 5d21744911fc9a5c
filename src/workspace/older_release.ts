/**
 * The migrations that an older release of the product has.
 *
 * @module
 */

import { contentsOf, findRelease } from "../release/releases.ts";
import { changedSince } from "./changed_since.ts";
import { releasesOf } from "./releases.ts";
import type { Target, Workspace } from "./workspace.ts";

/**
 * The versions of a release that was cut, of a version and its ancestors, or of a git revision.
 *
 * @param from A tag of `release cut`, a version, or a revision.
 * @throws {Failure} `usage/unknown-revision`, `release/*`, `source/*`.
 */
export async function versionsOfOlder(
  workspace: Workspace,
  target: Target,
  { from, signal }: { readonly from: string; readonly signal: AbortSignal },
): Promise<ReadonlySet<bigint>> {
  const releases = await releasesOf(workspace);
  if (releases.some(({ release }) => release === from)) {
    return contentsOf(findRelease(releases, from), target.name);
  }
  const changed = await changedSince(workspace, target, { since: from, signal, option: "--from" });
  const versions = target.graph.ordered.map(({ version }) => version);
  return new Set(versions.filter((version) => !changed.has(version)));
}
