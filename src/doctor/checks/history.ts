/**
 * What the history says.
 *
 * @module
 */

import type { Definition } from "../../definition/definition.ts";
import type { Graph } from "../../graph/graph.ts";
import type { History, VersionDetails } from "../../history/state.ts";
import { editedSince } from "../../plan/edited.ts";
import { describe } from "../../plan/plan.ts";
import { databaseStatus, type MigrationStatus, type Standing } from "../../plan/status.ts";
import { counted, fail, makeCheck, ok, type Patient, type Verdict, warn } from "../check.ts";

/** The history, and what it is held against. */
export interface Past {
  readonly database: string;
  readonly graph: Graph<Definition>;
  readonly history: History<VersionDetails>;
}

export const historyCheck = makeCheck({
  name: "history",
  embedded: true,
  read: async (_session, { past, graph, history: { database } }: Patient) => {
    const history = await past();
    return graph && { database, graph, history };
  },
  judge: (past) => past === undefined ? [] : judgeHistory(past),
});

/**
 * Dirty ones first.
 *
 * @throws {Failure} `history/other-product`.
 */
export function judgeHistory(past: Past): readonly Verdict[] {
  const { database, graph, history } = past;
  editedSince({ database, graph }, history);
  const { migrations, counts } = databaseStatus(graph, history);
  const those = (standing: Standing) => migrations.filter((one) => one.standing === standing);
  const edited = migrations.filter((one) => one.edited);
  const db = `--db ${database}`;
  return [
    ...those("dirty").flatMap((one) =>
      fail(
        `${describe(one)} is dirty: its last attempt failed half-way, outside a transaction`,
        `See what it left, and what helps: migrator repair ${one.version} ${db}`,
      )
    ),
    ...those("failed").flatMap((one) =>
      warn(
        `the last attempt at ${describe(one)} failed: ${one.lastError?.message ?? "unknown"}`,
        `migrator describe ${one.version} ${db}; up tries it again`,
      )
    ),
    ...those("running").flatMap((one) =>
      warn(`${describe(one)} is being run`, `migrator status ${db}`)
    ),
    ...(edited.length === 0 ? [] : warn(
      `edited since ${edited.length === 1 ? "it was" : "they were"} applied: ${list(edited)}`,
      `What ran is not run again; compare: migrator describe ${edited[0]!.version} ${db}`,
    )),
    ...(history.durable ? [] : warn(
      "the last run did not finish: not all that it committed may be on disk",
      `migrator up ${db}`,
    )),
    ...(counts.newer === 0 ? [] : warn(
      `a newer program applied ${list(those("newer"))}`,
      "Use that program where this one is used to migrate",
    )),
    ...ok(
      history.installed
        ? `${
          counted(counts.applied, ["migration", "migrations"])
        } applied, ${counts.pending} pending`
        : `none yet; ${counted(counts.pending, ["migration", "migrations"])} pending`,
    ),
  ];
}

function list(migrations: readonly MigrationStatus[]): string {
  const names = migrations.slice(0, 5).map(describe);
  return [...names, ...(migrations.length > 5 ? ["…"] : [])].join(", ");
}
