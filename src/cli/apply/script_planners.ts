/**
 * The planners of scripts. Each plans for a database that was read, or that a state file describes.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import type { Graph } from "../../graph/graph.ts";
import type { SeenDatabase } from "../../script/script_request.ts";
import type { Target } from "../../workspace/workspace.ts";
import { type DownTarget, planDown } from "../../plan/down.ts";
import { type Plan, refuseDefects } from "../../plan/plan.ts";
import { appliedVersions } from "../../history/history.ts";
import { planOf, planRollback, planUpgrade } from "../../plan/rollback.ts";
import { contentsOf, findRelease } from "../../release/releases.ts";
import { upgradeRoute } from "../../release/upgrade_phases.ts";
import { releasesOf } from "../../workspace/releases.ts";
import type { ForeignSituation } from "./foreign_situation.ts";
import { planUp } from "../../plan/up.ts";
import { planPending } from "../../workspace/plan_pending.ts";
import type { Invocation } from "../invocation/invocation.ts";

/** What a script is planned for. */
export interface Situation {
  readonly target: Target;
  /** The definitions at hand, and those that only the database keeps. */
  readonly graph: Graph<Definition>;
  /** The database, in the state that the script will expect. */
  readonly seen: SeenDatabase;
  /** Undefined where a state file stands for the server, or another tool's history for ours. */
  readonly session: Session | undefined;
  /** The history of another tool, in which the script ends; `seen` has what that one tells. */
  readonly foreign?: ForeignSituation;
}

/** Plans the steps of a script. */
export type ScriptPlanner = (situation: Situation) => Plan | Promise<Plan>;

/** Plans `up`; with a server, all that `up` refuses is refused. */
export function upScriptPlanner(
  invocation: Invocation,
  { target: versions, fromScratch = false }: {
    readonly target?: readonly bigint[];
    readonly fromScratch?: boolean;
  },
): ScriptPlanner {
  return async ({ target, graph, seen: { history }, session }) => {
    if (session !== undefined) {
      return await planPending(invocation, target, { history, session, versions, fromScratch });
    }
    const plan = planUp({ database: target.name, graph, history }, versions);
    refuseDefects(plan.steps);
    return plan;
  };
}

/**
 * Plans `rollback`; with a server, all that `rollback` refuses is refused.
 *
 * @param wish.to The release. Default: what the program carries.
 */
export function rollbackScriptPlanner(
  invocation: Invocation,
  { to, abandon = [] }: { readonly to?: string; readonly abandon?: readonly string[] },
): ScriptPlanner {
  return async ({ target, graph, seen: { history }, session }) => {
    const { name: database, set, history: where } = target;
    const release = to === undefined ? undefined : findRelease(await releasesOf(invocation), to);
    if (session !== undefined) {
      const { findWayBack } = await import("../../release/find_way_back.ts");
      const request = { database, set, graph: target.graph, history, where, release, abandon };
      return planOf(await findWayBack(session, request));
    }
    const contents = release
      ? contentsOf(release, database)
      : new Set(target.graph.ordered.map(({ version }) => version));
    return planRollback({ database, graph, history }, contents);
  };
}

/**
 * Plans `upgrade`, as far as the first required stop: behind it, batched migrations have to be finished
 * first, which no script does.
 *
 * @param wish.to The release. Default: everything that the program carries.
 */
export function upgradeScriptPlanner(
  invocation: Invocation,
  { to }: { readonly to?: string },
): ScriptPlanner {
  return async ({ target, graph, seen: { history }, session }) => {
    const { name } = target;
    const releases = await releasesOf(invocation);
    const { phases: [phase, ...others] } = upgradeRoute(releases, {
      target: to === undefined ? undefined : findRelease(releases, to),
      applied: new Map([[name, appliedVersions(history)]]),
    });
    if (others.length > 0) {
      invocation.warnOnce(
        `release ${
          phase!.release!.release
        } is a required stop: the script goes there. Then finish its ` +
          `batched migrations (migrator background work --until-done --db ${name}), and write the next one`,
      );
    }
    if (session !== undefined) {
      const { planPhase } = await import("./upgrade.ts");
      return await planPhase(invocation, target, {
        phase: phase!,
        shown: undefined,
        history,
        session,
      });
    }
    const contents = phase!.release
      ? contentsOf(phase!.release, name)
      : new Set(graph.ordered.map(({ version }) => version));
    const plan = planUpgrade({ database: name, graph, history }, contents);
    refuseDefects(plan.steps);
    return plan;
  };
}

/** Plans `down`. */
export function downScriptPlanner(to: DownTarget): ScriptPlanner {
  return ({ target, graph, seen: { history } }) =>
    planDown({ database: target.name, graph, history }, to);
}
