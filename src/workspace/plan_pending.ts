/**
 * Plans the pending migrations of one database, and warns of what is unusual there.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import { grantCommands } from "../history/readers.ts";
import { readVersionDetails } from "../history/read_history.ts";
import { schemaInSql } from "../history/schema.ts";
import type { History, ReaderPrivileges } from "../history/history.ts";
import type { Squash } from "../definition/migration/definition.ts";
import {
  type Plan,
  type PlanInput,
  refuseDefects,
  type Step,
  unknownApplied,
} from "../plan/plan.ts";
import { refuseRenumbered } from "../plan/renumbered.ts";
import { type Contents, planUpgrade } from "../plan/rollback.ts";
import { usableSquash, withSquash } from "../plan/squashed_start.ts";
import { planUp } from "../plan/up.ts";
import { foreignTo } from "./foreign_to.ts";
import type { Target, Workspace } from "./workspace.ts";
import { reportChecksumMismatches } from "./report_checksum_mismatches.ts";

/**
 * Plans `up`. Versions that this program does not know cause a warning, not a failure: old and new
 * releases run side by side.
 *
 * @param found.versions The targets; undefined for all.
 * @param found.contents Only these, whatever their ancestors; in place of `versions`.
 * @param found.fromScratch Every migration is to be run, whatever is in the database already.
 * @param found.isByHand Steps that a person has run beforehand: their tables may be there.
 * @param found.maySquash A new database may begin with a squash.
 * @throws {Failure} `plan/unknown-target`, `history/dirty`, `history/other-product`,
 * `history/foreign`, `history/renumbered`.
 * @throws {Failure | Failures} `definition/*`: the defects of what would run.
 */
export async function planPending(
  workspace: Workspace,
  target: Target,
  {
    history,
    session,
    versions,
    contents,
    fromScratch = false,
    isByHand = () => false,
    maySquash = false,
  }: {
    readonly history: History;
    readonly session: Session;
    readonly versions?: readonly bigint[] | undefined;
    readonly contents?: Contents | undefined;
    readonly fromScratch?: boolean;
    readonly isByHand?: (step: Step) => boolean;
    readonly maySquash?: boolean;
  },
): Promise<Plan> {
  const { name, graph } = target;
  const situation = { database: name, graph, history };
  await reportChecksumMismatches(workspace, target, { found: history, session });
  reportNewerVersions(workspace, { database: name, newer: unknownApplied(situation) });
  for (const reader of history.readers ?? []) warnOfReader(workspace, target, reader);
  const plan = await squashedPlan(situation, {
    plan: contents ? planUpgrade(situation, contents) : planUp(situation, versions),
    squashes: maySquash ? target.set.squashes ?? [] : [],
  });
  if (!fromScratch && plan.steps.length > 0) {
    const steps = plan.steps.filter((step) => !isByHand(step));
    const foreign = await foreignTo(workspace, target, { session, history, steps });
    if (foreign !== undefined) {
      const { foreignRefusal } = await import("../adoption/refuse_foreign.ts");
      throw foreignRefusal(foreign, name);
    }
  }
  // A database of another tool may have applied what is defective: it is told of that first.
  refuseDefects(plan.steps);
  if (plan.steps.length > 0 && unknownApplied(situation).length > 0) {
    const details = await readVersionDetails(session, target.history);
    refuseRenumbered(plan.steps, { database: name, graph, history: details });
  }
  return plan;
}

/** The plan, with a squash at its beginning where one may be used. */
async function squashedPlan(
  input: PlanInput,
  { plan, squashes }: { readonly plan: Plan; readonly squashes: readonly Squash[] },
): Promise<Plan> {
  const squash = usableSquash(input, { plan, squashes });
  const script = await squash?.script();
  return squash && script ? withSquash(plan, { input, squash, script }) : plan;
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
