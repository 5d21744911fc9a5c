/**
 * Runs the `down` of batched migrations before the schema migration that queued them is reverted.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import type { JobArguments } from "../../definition/batched/job_arguments.ts";
import { queueManually } from "../control/queue_migration.ts";
import { readQueuedGenerations } from "../control/queued_generations.ts";
import { batchedWayBack, queuedNames } from "../control/way_back.ts";
import type { BackgroundTables } from "../state/rows.ts";

/** What identifies a batched migration. */
export interface BatchedIdentity {
  readonly name: string;
  readonly arguments: JobArguments;
}

/** What undoing needs. */
export interface UndoOptions {
  readonly name: BackgroundTables;
  readonly who: string;
  readonly toolVersion: string;
  /** Returns when the newest generation, which runs `down`, is finished. */
  readonly finish: (identity: BatchedIdentity) => Promise<unknown>;
}

/**
 * Undoes what a schema migration queued, as far as it declares how. A `down` that an earlier call has
 * begun is continued.
 *
 * @param session Outside any transaction.
 * @throws {Failure | Failures} `background/*`: it could not be queued or finished; `interrupted/*`.
 */
export async function undoQueued(
  session: Session,
  definition: Definition,
  { name, who, toolVersion, finish }: UndoOptions,
): Promise<void> {
  const generations = await readQueuedGenerations(session, name, queuedNames([definition]));
  for (const { disposition, newest } of batchedWayBack([definition], generations)) {
    if (disposition !== "undo") continue;
    const { declaration, direction } = newest;
    if (direction === "up") {
      await queueManually(session, name, {
        declaration,
        mode: "in any case",
        direction: "down",
        who,
        reason: `migration ${definition.version} is taken back`,
        toolVersion,
      });
    }
    await finish({ name: declaration.name, arguments: declaration.arguments });
  }
}
