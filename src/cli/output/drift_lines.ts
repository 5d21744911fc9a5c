// Pure.
/**
 * Drift, as a person reads it.
 *
 * @module
 */

import type { Drift } from "../../drift/find_drift.ts";
import type { Style } from "../../report/style.ts";
import { differenceLines } from "./difference_lines.ts";

/** A line for each object, and one for each thing that differs about it. */
export function driftLines(drift: Drift, style: Style): readonly string[] {
  const { differences, applied, revert } = drift;
  const migrations = `${applied} applied migration${applied === 1 ? "" : "s"}`;
  if (differences.length === 0) return [`no drift: it is as ${migrations} left it`];
  return [
    `${differences.length} object${differences.length === 1 ? "" : "s"} ` +
    `not as ${migrations} left ${differences.length === 1 ? "it" : "them"}`,
    ...differences.flatMap((difference) =>
      differenceLines(difference, { style, words: { missing: "is missing", extra: "is extra" } })
    ),
    ...revert.byHand.map(({ address, reason }) => `by hand: ${address}: ${reason}`),
    ...releaseLines(drift, style),
  ];
}

function releaseLines({ server, shadowServer }: Drift, style: Style): readonly string[] {
  const [live, shadow] = [server, shadowServer].map((version) => Math.floor(version / 10000));
  return live === shadow ? [] : [
    style.dim(
      `the database has PostgreSQL ${live}, the shadow ${shadow}: both were printed by the shadow`,
    ),
  ];
}
