// Pure.
/**
 * The releases that an upgrade passes through.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import type { ReleaseManifest } from "./release_manifest.ts";
import { compareTags } from "./release_order.ts";
import { reachedRelease } from "./releases.ts";

/** One part of an upgrade. */
export interface UpgradePhase {
  /** Undefined: everything that the program carries. */
  readonly release: ReleaseManifest | undefined;
  /** Whether its batched migrations are finished before the next part. */
  readonly isStop: boolean;
}

/** An upgrade. */
export interface UpgradeRoute {
  /** The newest release that the databases have reached; undefined when there is none. */
  readonly from: ReleaseManifest | undefined;
  readonly phases: readonly UpgradePhase[];
}

/**
 * The required stops between the state of the databases and the target, and the target. A new
 * installation needs no stops: it has no rows that a batched migration would have to change.
 *
 * @param target Undefined: everything that the program carries.
 * @param applied The applied versions by database.
 * @throws {Failure} `release/too-old`.
 */
export function upgradeRoute(
  releases: readonly ReleaseManifest[],
  { target, applied }: {
    readonly target: ReleaseManifest | undefined;
    readonly applied: ReadonlyMap<string, ReadonlySet<bigint>>;
  },
): UpgradeRoute {
  const from = reachedRelease(releases, applied);
  const isNew = [...applied.values()].every(({ size }) => size === 0);
  const last = target ?? releases.at(-1);
  if (!isNew) refuseTooOld({ last, from });
  const stops = isNew || last === undefined
    ? []
    : releases.filter(({ release, stop }) =>
      stop && compareTags(release, last.release) < 0 &&
      (from === undefined || compareTags(release, from.release) > 0)
    );
  return {
    from,
    phases: [
      ...stops.map((release) => ({ release, isStop: true })),
      { release: target, isStop: false },
    ],
  };
}

function refuseTooOld(
  { last, from }: {
    readonly last: ReleaseManifest | undefined;
    readonly from: ReleaseManifest | undefined;
  },
): void {
  const oldest = last?.from;
  if (last === undefined || oldest === undefined) return;
  if (from !== undefined && compareTags(from.release, oldest) >= 0) return;
  throw new Failure(
    "release/too-old",
    `Release ${last.release} can be reached from ${oldest} on, and the databases ${
      from === undefined ? "have reached no release that it knows" : `are at ${from.release}`
    }.`,
    {
      hint: `Nothing was run. Upgrade first with the executable of ${oldest}: migrator upgrade`,
      facts: { release: last.release, from: oldest, reached: from?.release ?? null },
    },
  );
}
