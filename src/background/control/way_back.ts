// Pure.
/**
 * What becomes of batched migrations when the schema migrations that queued them are reverted.
 *
 * @module
 */

import type { Definition } from "../../definition/migration/definition.ts";
import type { BatchedMigrationStatus } from "../state/state_machine.ts";
import type { QueuedGeneration } from "./queued_generations.ts";

/** What happens to a batched migration on the way back. */
export type BatchedDisposition =
  /** It has changed no row: it is only removed from the queue. */
  | "unqueue"
  /** Its `down` runs to the end before the schema migration is reverted. */
  | "undo"
  /** Its `down` has run to the end already. */
  | "undone"
  /** A schema migration that stays queued it as well: what that one queued counts again. */
  | "restore"
  /** It is finished and declares no `down`: what it has changed stays as it is. */
  | "stay"
  /** It is half done and declares no `down`: some rows are changed, and others are not. */
  | "half-done";

/** One batched migration on the way back. */
export interface BatchedWayBack {
  /** The schema migration that queued it. */
  readonly version: bigint;
  readonly disposition: BatchedDisposition;
  /** Its newest generation. */
  readonly newest: QueuedGeneration;
  /** The state of that generation when the way back reaches it. */
  readonly status: BatchedMigrationStatus;
}

/** The batched migrations that a schema migration names under `queues`, each name once. */
export function queuedNames(definitions: readonly Definition[]): readonly string[] {
  return [
    ...new Set(
      definitions.flatMap(({ metadata }) => (metadata.queues ?? []).map(({ name }) => name)),
    ),
  ];
}

/**
 * Decides for each batched migration that the reverted schema migrations queued, in their order.
 *
 * @param reverted The schema migrations, in the order in which they are reverted.
 * @param generations Of `queuedNames(reverted)`, oldest first.
 */
export function batchedWayBack(
  reverted: readonly Definition[],
  generations: readonly QueuedGeneration[],
): readonly BatchedWayBack[] {
  const gone = new Set<bigint>();
  const found: BatchedWayBack[] = [];
  for (const { version, metadata } of reverted) {
    const names = new Set((metadata.queues ?? []).map(({ name }) => name));
    const own = generations.filter((one) =>
      one.queuedBy === version && names.has(one.name) && !isUnqueued(one)
    );
    for (const identity of new Set(own.map(identityOf))) {
      const same = generations.filter((one) => identityOf(one) === identity);
      const one = decide(version, { same, gone });
      if (one !== undefined) found.push(one);
    }
    gone.add(version);
  }
  return found;
}

function decide(
  version: bigint,
  { same, gone }: {
    readonly same: readonly QueuedGeneration[];
    /** The schema migrations that were reverted before. */
    readonly gone: ReadonlySet<bigint>;
  },
): BatchedWayBack | undefined {
  const standing = same.map((one) => ({ newest: one, status: statusThen(one, gone) }))
    .filter(({ status }) => status !== "deleted");
  const last = standing.at(-1);
  if (last === undefined) return undefined;
  const isQueuedElsewhere = same.some((one) =>
    one.queuedBy !== undefined && one.queuedBy !== version && !gone.has(one.queuedBy) &&
    !isUnqueued(one)
  );
  return { version, ...last, disposition: isQueuedElsewhere ? "restore" : dispositionOf(last) };
}

function dispositionOf(
  { newest, status }: Pick<BatchedWayBack, "newest" | "status">,
): BatchedDisposition {
  const isOver = status === "finished" || status === "finalized";
  if (newest.direction === "down") return isOver ? "undone" : "undo";
  if (!newest.hasBatches) return "unqueue";
  if (newest.declaration.down !== undefined) return "undo";
  return isOver ? "stay" : "half-done";
}

/** The state that it will have when these schema migrations are reverted; they may have deleted it. */
function statusThen(
  { status, lastEvent }: QueuedGeneration,
  gone: ReadonlySet<bigint>,
): BatchedMigrationStatus {
  if (status !== "deleted" || lastEvent?.event !== "delete" || lastEvent.isRevert) return status;
  if (lastEvent.migration === undefined || !gone.has(lastEvent.migration)) return status;
  return lastEvent.from === "finalizing" ? "active" : lastEvent.from ?? status;
}

/** Whether the schema migration that queued it was reverted. */
function isUnqueued({ status, lastEvent }: QueuedGeneration): boolean {
  return status === "deleted" && lastEvent?.event === "delete" && lastEvent.isRevert;
}

function identityOf({ name, argumentsText }: QueuedGeneration): string {
  return `${name} ${argumentsText}`;
}
