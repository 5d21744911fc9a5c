// Pure.
/**
 * Drift, as a person reads it.
 *
 * @module
 */

import type { Catalog } from "../../drift/catalog.ts";
import { SEVERITIES, severityOf } from "../../drift/drift_severity.ts";
import type { Drift } from "../../drift/find_drift.ts";
import { formatCount } from "../../format/count.ts";
import type { Style } from "../../report/style.ts";
import { differenceLines } from "./difference_lines.ts";

/** A line for each object, and one for each thing that differs about it. */
export function driftLines(
  { catalog, drift }: { readonly catalog: Catalog; readonly drift: Drift },
  style: Style,
): readonly string[] {
  const { differences, applied, revert } = drift;
  const migrations = formatCount(applied, "applied migration");
  if (differences.length === 0) {
    return [`no drift: it is as ${migrations} left it`, ...remarks({ catalog, drift }, style)];
  }
  const severities = differences.map(severityOf);
  const counts = SEVERITIES.flatMap((severity) => {
    const count = severities.filter((one) => one === severity).length;
    return count === 0 ? [] : [formatCount(count, severity)];
  });
  return [
    `${formatCount(differences.length, "object")} not as ${migrations} left ` +
    `${differences.length === 1 ? "it" : "them"}: ${counts.join(", ")}`,
    ...differences.flatMap((difference, index) => {
      const words = { missing: "is missing", extra: "is extra" };
      const [object = "", ...fields] = differenceLines(difference, { style, words });
      return [`${object} ${style.dim(`(${severities[index]})`)}`, ...fields];
    }),
    ...revert.byHand.map(({ address, reason }) => `by hand: ${address}: ${reason}`),
    ...remarks({ catalog, drift }, style),
  ];
}

/** What was left out of the comparison, and why. */
function remarks(
  { catalog, drift: { server, shadowServer, allowed, changing } }: {
    readonly catalog: Catalog;
    readonly drift: Drift;
  },
  style: Style,
): readonly string[] {
  const [live, shadow] = [server, shadowServer].map((version) => Math.floor(version / 10000));
  const runners = catalog.databases.flatMap(({ name, runner }) =>
    runner === undefined ? [] : [`a run of ${name} is under way (pid ${runner})`]
  );
  const unfinished = catalog.databases.flatMap(({ incomplete }) =>
    incomplete.map(({ version }) => `${version}`)
  );
  return [
    ...runners,
    ...(changing.length === 0 ? [] : [
      `not compared, because migration ${unfinished.join(", ")} is not finished: ` +
      changing.join(", "),
    ]),
    ...(allowed === 0 ? [] : [
      `${
        formatCount(allowed, "difference")
      } allowed by driftIgnore, or partitions added at run time`,
    ]),
    ...(live === shadow ? [] : [
      `the database has PostgreSQL ${live}, the shadow ${shadow}: both were printed by the shadow`,
    ]),
  ].map((line) => style.dim(line));
}
