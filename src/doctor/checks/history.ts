/**
 * Reports the state of the history.
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import type { Graph } from "../../graph/graph.ts";
import type { History, VersionDetails } from "../../history/history.ts";
import { checksumMismatches } from "../../plan/checksum_mismatch.ts";
import { migrationLabel } from "../../plan/plan.ts";
import {
  databaseStatus,
  type MigrationState,
  type MigrationStatus,
} from "../../plan/database_status.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  fail,
  makeCheck,
  ok,
  warn,
} from "../check/check.ts";

/** The history, and the definitions to compare it with. */
export interface HistoryFacts {
  readonly database: string;
  readonly graph: Graph<Definition>;
  readonly history: History<VersionDetails>;
}

export const historyCheck = makeCheck({
  name: "history",
  embedded: true,
  read: async (_session, { past, graph, history: { database } }: CheckedDatabase) => {
    const history = await past();
    return graph && { database, graph, history };
  },
  judge: (past) => past === undefined ? [] : judgeHistory(past),
});

/**
 * Judges the history; dirty versions first.
 *
 * @throws {Failure} `history/other-product`.
 */
export function judgeHistory(historyFacts: HistoryFacts): readonly CheckResult[] {
  const { database, graph, history } = historyFacts;
  checksumMismatches({ database, graph }, history);
  const { migrations, counts } = databaseStatus(graph, history);
  const those = (state: MigrationState) => migrations.filter((one) => one.standing === state);
  const edited = migrations.filter((one) => one.edited);
  const db = `--db ${database}`;
  return [
    ...those("dirty").flatMap((one) =>
      fail(
        `${migrationLabel(one)} is dirty: its last attempt failed half-way, outside a transaction`,
        `See what it left, and what helps: migrator repair ${one.version} ${db}`,
      )
    ),
    ...those("failed").flatMap((one) =>
      warn(
        `the last attempt at ${migrationLabel(one)} failed: ${one.lastError?.message ?? "unknown"}`,
        `migrator describe ${one.version} ${db}; up tries it again`,
      )
    ),
    ...those("running").flatMap((one) =>
      warn(`${migrationLabel(one)} is being run`, `migrator status ${db}`)
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
        ? `${formatCount(counts.applied, "migration")} applied, ${counts.pending} pending`
        : `none yet; ${formatCount(counts.pending, "migration")} pending`,
    ),
  ];
}

function list(migrations: readonly MigrationStatus[]): string {
  const names = migrations.slice(0, 5).map(migrationLabel);
  return [...names, ...(migrations.length > 5 ? ["…"] : [])].join(", ");
}
