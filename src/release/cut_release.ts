// Pure.
/**
 * Makes the manifest of a release from the migrations at hand.
 *
 * @module
 */

import type { DefinitionSet } from "../definition/migration/definition.ts";
import { buildGraph } from "../graph/graph.ts";
import type { ReleaseManifest, ShippedBatched, ShippedDatabase } from "./release_manifest.ts";
import { compareTags } from "./release_order.ts";

/** What the author says of a release. */
export interface CutRequest {
  readonly tag: string;
  /** Default: the one before it by the order of tags. */
  readonly after: string | undefined;
  readonly from: string | undefined;
  readonly stop: boolean;
  /** By the name of a batched migration, the release that must finalize it. */
  readonly finishBy: ReadonlyMap<string, string>;
}

/** @param before The release that it is cut after. */
export function cutRelease(
  sets: readonly DefinitionSet[],
  { request, before }: {
    readonly request: CutRequest;
    readonly before: ReleaseManifest | undefined;
  },
): ReleaseManifest {
  const { tag, from, stop, finishBy } = request;
  return {
    release: tag,
    after: before?.release,
    from,
    stop,
    databases: new Map(
      sets.map((set) => [
        set.database,
        shipped(set, { before: before?.databases.get(set.database), finishBy }),
      ]),
    ),
  };
}

function shipped(
  { database, definitions }: DefinitionSet,
  { before, finishBy }: {
    readonly before: ShippedDatabase | undefined;
    readonly finishBy: CutRequest["finishBy"];
  },
): ShippedDatabase {
  const migrations = new Map(
    definitions.map(({ version, name, parents, up }) => [
      version,
      { name, parents, checksum: up.checksum },
    ]),
  );
  const earlier = [...before?.migrations.keys() ?? [], ...before?.squashed ?? []];
  return {
    leaves: buildGraph(definitions, { database }).leaves,
    migrations,
    squashed: earlier.filter((version) => !migrations.has(version)).sort((a, b) => a < b ? -1 : 1),
    batched: batchedOf(definitions, { before, finishBy }),
  };
}

function batchedOf(
  definitions: DefinitionSet["definitions"],
  { before, finishBy }: {
    readonly before: ShippedDatabase | undefined;
    readonly finishBy: CutRequest["finishBy"];
  },
): ReadonlyMap<string, ShippedBatched> {
  const found = new Map<string, ShippedBatched>();
  for (const { version, metadata: { queues, finalizes, deletes } } of definitions) {
    // What queues it anew needs another end.
    for (const { name } of queues ?? []) {
      const by = finishBy.get(name) ?? before?.batched.get(name)?.finishBy;
      found.set(name, { queuedBy: version, finalizedBy: undefined, finishBy: by });
    }
    for (const { name } of [...finalizes ?? [], ...deletes ?? []]) {
      const one = found.get(name);
      if (one !== undefined) found.set(name, { ...one, finalizedBy: one.finalizedBy ?? version });
    }
  }
  return found;
}

/** The release before a tag, among those at hand. */
export function releaseBefore(
  releases: readonly ReleaseManifest[],
  tag: string,
): ReleaseManifest | undefined {
  return releases.findLast(({ release }) => compareTags(release, tag) < 0);
}
