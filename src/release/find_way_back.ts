/**
 * Finds the way from a database's state to a release, and everything that is in the way.
 *
 * @module
 */

import { readQueuedGenerations } from "../background/control/queued_generations.ts";
import {
  type BatchedWayBack,
  batchedWayBack,
  queuedNames,
} from "../background/control/way_back.ts";
import type { Session } from "../connection/session/session.ts";
import type { Definition, DefinitionSet } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import { appliedVersions, type History } from "../history/history.ts";
import type { HistoryName } from "../history/history_name.ts";
import { migrationLabel } from "../plan/plan.ts";
import {
  type Contents,
  isRewritten,
  squashedVersions,
  versionsToRevert,
  type Way,
  wayBack,
  type WayStep,
} from "../plan/rollback.ts";
import { readStoredParents, storedGraph } from "../source/stored_definitions.ts";
import { isLostAnyway } from "./batched_writes.ts";
import { findLosses, type LossesOnServer, type MissingOwnership } from "./found_losses.ts";
import { type Loss, lossesOf } from "./losses.ts";
import type { ReleaseManifest } from "./release_manifest.ts";
import { contentsOf as contentsOfRelease, refuseNotCarried } from "./releases.ts";

/** A way, what it loses, and what becomes of batched migrations on it. */
export interface ReleaseWay extends Way {
  readonly batched: readonly BatchedOnTheWay[];
  readonly found: LossesOnServer;
  readonly losses: readonly Loss[];
}

/** A batched migration on the way. */
export interface BatchedOnTheWay extends Omit<BatchedWayBack, "disposition"> {
  readonly disposition:
    | BatchedWayBack["disposition"]
    /** It declares no `down`, and all that it has written is dropped on the way. */
    | "dropped"
    /** It is half done, and stays so at the operator's wish. */
    | "abandoned";
}

/** What a way is found from. */
export interface WayRequest {
  readonly database: string;
  readonly set: DefinitionSet;
  readonly graph: Graph<Definition>;
  readonly history: History;
  readonly where: HistoryName;
  /** The release. Default: what `graph` has. */
  readonly release?: ReleaseManifest | undefined;
  /** Names of batched migrations whose half-done work may stay. */
  readonly abandon?: readonly string[];
}

/**
 * Finds the way. Its steps carry every obstacle that can be known before it begins.
 *
 * @param session Outside any transaction.
 * @throws {Failure} `history/definition-missing`, `history/untrusted`, `history/damaged`,
 * `release/not-carried`.
 */
export async function findWayBack(session: Session, request: WayRequest): Promise<ReleaseWay> {
  const { database, history, set, abandon = [] } = request;
  const contents = await contentsOf(session, request);
  const versions = versionsToRevert(history, contents);
  // A squash has another way back than the migration that was applied under its version.
  const definitions = set.definitions.filter((one) =>
    !versions.has(one.version) || !isRewritten(one, history)
  );
  const graph = await storedGraph(session, {
    ...request,
    set: { ...set, definitions },
    versions,
  });
  const way = wayBack({ database, graph, history }, contents);
  const losses = await lossesOf(way.steps.flatMap(({ step }) => step ?? []));
  const found = await findLosses(session, losses);
  const batched = await batchedOnTheWay(session, { ...request, way, losses, abandon });
  const { role } = session.server;
  const steps = way.steps.map((one) => ({
    ...one,
    obstacles: [
      ...one.obstacles,
      ...found.notOwned.filter(({ version }) => version === one.definition.version)
        .map((missing) => notOwner(missing, { database, role, definition: one.definition })),
      ...batched.filter(({ version, disposition }) =>
        version === one.definition.version && disposition === "half-done"
      ).map((stuck) => halfDone(stuck, database)),
    ],
  }));
  return { database, steps, batched, losses, found };
}

/** What a release consists of in this database: what it has, and what squashes of it replaced. */
async function contentsOf(
  session: Session,
  { database, graph, history, where, release }: WayRequest,
): Promise<Contents> {
  if (release !== undefined) {
    refuseNotCarried(release, { database, applied: appliedVersions(history), carried: graph });
    return contentsOfRelease(release, database);
  }
  const wanted = new Set(graph.ordered.map(({ version }) => version));
  if (versionsToRevert(history, wanted).size === 0) return wanted;
  const storedParents = await readStoredParents(session, where);
  return new Set([...wanted, ...squashedVersions(graph, { history, storedParents })]);
}

async function batchedOnTheWay(
  session: Session,
  { way, losses, where, abandon }: {
    readonly way: Way;
    readonly losses: readonly Loss[];
    readonly where: HistoryName;
    readonly abandon: readonly string[];
  },
): Promise<readonly BatchedOnTheWay[]> {
  const reverted = way.steps.filter(isRevert).map(({ definition }) => definition);
  const generations = await readQueuedGenerations(session, where, queuedNames(reverted));
  const batched: BatchedOnTheWay[] = [];
  for (const one of batchedWayBack(reverted, generations)) {
    const isUnfinished = one.disposition === "half-done" || one.disposition === "stay";
    if (isUnfinished && await isLostAnyway(one.newest.declaration, losses)) {
      batched.push({ ...one, disposition: "dropped" });
    } else if (one.disposition === "half-done" && abandon.includes(one.newest.name)) {
      batched.push({ ...one, disposition: "abandoned" });
    } else batched.push(one);
  }
  return batched;
}

function isRevert({ direction }: WayStep): boolean {
  return direction === "down";
}

function notOwner(
  { object, owner }: MissingOwnership,
  { database, role, definition }: {
    readonly database: string;
    readonly role: string;
    readonly definition: Definition;
  },
): Failure {
  return new Failure(
    "plan/not-owner",
    `Migration ${migrationLabel(definition)} of "${database}" cannot be taken back by role ` +
      `"${role}": it drops the ${object}, which belongs to "${owner}".`,
    {
      hint: `Nothing was run. Connect as a role that may act as "${owner}", or let that role run ` +
        "the down script by hand: migrator help plan/not-owner",
      place: { file: (definition.down ?? definition.up).path },
      facts: { database, version: String(definition.version), object, owner },
    },
  );
}

function halfDone({ version, newest, status }: BatchedOnTheWay, database: string): Failure {
  const { name } = newest;
  return new Failure(
    "background/half-done",
    `Migration ${version} of "${database}" cannot be taken back: the batched migration ${name} ` +
      `that it queued is ${status}, has changed a part of the rows, and declares no \`down\`.`,
    {
      hint: "Nothing was run. Let it come to its end first, with a program that can run it: " +
        `migrator background finalize ${name} --db ${database}. Or leave the rows as they are: ` +
        `migrator rollback --abandon ${name}`,
      facts: { database, version: String(version), name, status },
    },
  );
}
