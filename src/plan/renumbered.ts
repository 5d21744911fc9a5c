// Pure.
/**
 * Migrations that were applied under another version.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import type { History, VersionDetails } from "../history/history.ts";
import { migrationLabel, type Step } from "./plan.ts";

/**
 * Refuses to run SQL that is applied already under a version that no file has any more: somebody gave
 * the file another number. Scripts without statements are all alike, and do not count.
 *
 * @throws {Failure} `history/renumbered`.
 */
export function refuseRenumbered(
  steps: readonly Step[],
  { database, graph, history }: {
    readonly database: string;
    readonly graph: Graph<Definition>;
    readonly history: History<VersionDetails>;
  },
): void {
  const gone = new Map(
    [...history.versions.values()]
      .filter(({ state, version }) => state === "applied" && graph.get(version) === undefined)
      .map((known) => [known.checksum, known] as const),
  );
  const pairs = steps.flatMap(({ definition, direction }) => {
    const former = direction === "up" && definition.up.statements.length > 0
      ? gone.get(definition.up.checksum)
      : undefined;
    return former === undefined ? [] : [{ definition, former }];
  });
  const [first] = pairs;
  if (first === undefined) return;
  const list = pairs.map(({ definition, former }) =>
    `${migrationLabel(definition)} has the SQL of ${migrationLabel(former)}`
  );
  const { version } = first.definition;
  throw new Failure(
    "history/renumbered",
    `Nothing was run in database "${database}": ${
      list.join(", ")
    }, which is applied there and is ` +
      "no longer among the files.",
    {
      hint: "If the file was given another number: migrator log add " +
        `${version} --up --reason "renumbered from ${first.former.version}" --db ${database}. If it is ` +
        `to run again: migrator log add ${first.former.version} --down --reason "…" --db ${database}`,
      place: { file: first.definition.up.path },
      facts: {
        database,
        renumbered: pairs.map(({ definition, former }) => ({
          from: String(former.version),
          to: String(definition.version),
        })),
      },
    },
  );
}
