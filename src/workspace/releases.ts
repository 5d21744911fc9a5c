/**
 * The releases of the product at hand.
 *
 * @module
 */

import type { ReleaseManifest } from "../release/release_manifest.ts";
import type { Workspace } from "./workspace.ts";

/**
 * The releases whose manifests are beside the migrations, oldest first.
 *
 * @throws {Failure} `release/manifest`, `release/format`, `source/*`.
 */
export async function releasesOf(workspace: Workspace): Promise<readonly ReleaseManifest[]> {
  const files = await (await workspace.source()).releases?.() ?? [];
  if (files.length === 0) return [];
  const { readReleases } = await import("../release/releases.ts");
  return readReleases(files);
}
