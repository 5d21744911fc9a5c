// Pure.
/**
 * The releases of a product, in their order.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { suggest } from "../suggest.ts";
import { type ReleaseManifest } from "./release_manifest.ts";
import { type ManifestFile, readManifest } from "./read_manifest.ts";
import { compareTags } from "./release_order.ts";

/** Reads the manifests; oldest first. @throws {Failure} `release/manifest`, `release/format`. */
export function readReleases(files: readonly ManifestFile[]): readonly ReleaseManifest[] {
  return files.map(readManifest).sort((a, b) => compareTags(a.release, b.release));
}

/** @throws {Failure} `release/unknown`. */
export function findRelease(releases: readonly ReleaseManifest[], tag: string): ReleaseManifest {
  const found = releases.find(({ release }) => release === tag);
  if (found !== undefined) return found;
  const tags = releases.map(({ release }) => release);
  const meant = suggest(tag, tags);
  throw new Failure("release/unknown", `There is no release ${tag} among those at hand.`, {
    hint: meant !== undefined
      ? `Did you mean ${meant}?`
      : tags.length === 0
      ? "No release was cut yet: migrator release cut TAG"
      : "See them: migrator release list",
    facts: { releases: tags },
  });
}

/**
 * The versions that a release consists of in one database: its migrations, and those of earlier
 * releases that a squash has replaced. Empty where the release does not have the database.
 */
export function contentsOf({ databases }: ReleaseManifest, database: string): ReadonlySet<bigint> {
  const shipped = databases.get(database);
  return new Set([...shipped?.migrations.keys() ?? [], ...shipped?.squashed ?? []]);
}

/**
 * The newest release all of whose migrations are applied in every database; undefined when there is
 * none.
 *
 * @param applied The applied versions by database.
 */
export function reachedRelease(
  releases: readonly ReleaseManifest[],
  applied: ReadonlyMap<string, ReadonlySet<bigint>>,
): ReleaseManifest | undefined {
  return releases.findLast(({ databases }) =>
    [...databases].every(([name, { migrations }]) => {
      const there = applied.get(name);
      // A database that was not asked for says nothing.
      return there === undefined || [...migrations.keys()].every((version) => there.has(version));
    })
  );
}

/**
 * Refuses a release some of whose migrations have to be applied and are not at hand, as after a squash.
 *
 * @param known.carried The versions at hand.
 * @throws {Failure} `release/not-carried`.
 */
export function refuseNotCarried(
  { release, databases }: ReleaseManifest,
  { database, applied, carried }: {
    readonly database: string;
    readonly applied: ReadonlySet<bigint>;
    readonly carried: { get(version: bigint): unknown };
  },
): void {
  const missing = [...databases.get(database)?.migrations.keys() ?? []]
    .filter((version) => !applied.has(version) && carried.get(version) === undefined);
  if (missing.length === 0) return;
  throw new Failure(
    "release/not-carried",
    `Database "${database}" lacks ${missing.join(", ")} of release ${release}, and this program ` +
      "does not carry that.",
    {
      hint: `Nothing was run. Use the executable of release ${release}.`,
      facts: { release, database, versions: missing.map(String) },
    },
  );
}
