/**
 * Plans the pending migrations of one database, and warns of what is unusual there.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { grantCommands } from "../history/readers.ts";
import { schemaInSql } from "../history/schema.ts";
import type { History, ReaderPrivileges } from "../history/history.ts";
import { type Plan, unknownApplied } from "../plan/plan.ts";
import { planUp } from "../plan/up.ts";
import type { Target, Workspace } from "./workspace.ts";
import { reportChecksumMismatches } from "./report_checksum_mismatches.ts";

/**
 * Plans `up`. Versions that this program does not know cause a warning, not a failure: old and new
 * releases run side by side.
 *
 * @param found.versions The target versions; undefined for all.
 * @throws {Failure} `plan/unknown-target`, `history/dirty`, `history/other-product`.
 */
export async function planPending(
  workspace: Workspace,
  target: Target,
  { history, session, versions }: {
    readonly history: History;
    readonly session: Session;
    readonly versions?: readonly bigint[] | undefined;
  },
): Promise<Plan> {
  const { name, graph } = target;
  const situation = { database: name, graph, history };
  await reportChecksumMismatches(workspace, target, { found: history, session });
  reportNewerVersions(workspace, { database: name, newer: unknownApplied(situation) });
  for (const reader of history.readers ?? []) warnOfReader(workspace, target, reader);
  return planUp(situation, versions);
}

/** Warns of versions that a newer program has applied, if there are any. */
export function reportNewerVersions(
  workspace: Workspace,
  { database, newer }: { readonly database: string; readonly newer: readonly bigint[] },
): void {
  if (newer.length === 0) return;
  workspace.warnOnce(
    `database "${database}" has applied ${newer.join(", ")}, which this program does not carry: ` +
      "a newer one was here",
  );
}

/** Warns of a reader's missing privilege that the run cannot grant. */
function warnOfReader(
  workspace: Workspace,
  { name, history: { schema } }: Target,
  reader: ReaderPrivileges,
): void {
  const { role, problem } = reader;
  if (problem === "not-granted") return;
  const remedy = problem === "absent"
    ? `there is no such role. When it has been created: migrator up --db ${name}`
    : `schema ${schemaInSql(schema)} belongs to another role. Let that one run: ` +
      grantCommands(schema, reader);
  workspace.warnOnce(`reader "${role}" may not read the history of database "${name}": ${remedy}`);
}
