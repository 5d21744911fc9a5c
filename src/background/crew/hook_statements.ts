// Pure.
/**
 * The statements that batched migrations add to the transaction of a schema migration.
 *
 * @module
 */

import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import {
  batchedIdentity,
  type BatchedReference,
  resolveReference,
} from "../../definition/batched/batched_reference.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import type { Step } from "../../plan/plan.ts";
import { deleteMigration, undeleteMigration, unqueueMigration } from "../state/delete_sql.ts";
import { assertFinished, type QueueCause, queueMigration } from "../state/queue_sql.ts";
import type { BackgroundTables } from "../state/rows.ts";

/**
 * The statements for a way up: they assert what it finalizes, delete and queue.
 *
 * @param following The later steps of the run.
 * @throws {Failure} `background/unknown`.
 */
export function upStatements(
  definition: Definition,
  { name, background, cause, following }: {
    readonly name: BackgroundTables;
    readonly background: readonly BatchedMigration[];
    readonly cause: QueueCause;
    readonly following: readonly Step[];
  },
): readonly string[] {
  const { finalizes = [], deletes = [], queues = [] } = definition.metadata;
  return [
    ...finalizes.flatMap((one) =>
      assertFinished(name, { declaration: declaredAs(one, background), cause })
    ),
    ...deletes.map((one) =>
      deleteMigration(name, { declaration: declaredAs(one, background), cause })
    ),
    ...queues.map((one) => {
      const declaration = declaredAs(one, background);
      const waivedFor = queuedAnew(declaration, { background, following });
      return queueMigration(name, { declaration, cause, waivedFor });
    }),
  ];
}

/**
 * The later migration of this run that queues the same batched migration again, if none in between
 * needs it finished. Queueing it now would be useless.
 */
function queuedAnew(
  declaration: BatchedMigration,
  { background, following }: {
    readonly background: readonly BatchedMigration[];
    readonly following: readonly Step[];
  },
): bigint | undefined {
  const wanted = batchedIdentity(declaration);
  const isMeant = (reference: BatchedReference) => {
    const found = resolveReference(reference, background);
    return found !== undefined && batchedIdentity(found) === wanted;
  };
  for (const { direction, definition: { version, metadata } } of following) {
    if (direction === "down") return undefined;
    if (metadata.finalizes?.some(isMeant)) return undefined;
    if (metadata.queues?.some(isMeant)) return version;
  }
  return undefined;
}

/**
 * The statements for a way back: they unqueue and restore. They read what the migration queued when it was
 * applied: the declaration may have been deleted since.
 */
export function downStatements(
  { version, metadata: { queues = [], deletes = [] } }: Definition,
  { name, who }: { readonly name: BackgroundTables; readonly who: string },
): readonly string[] {
  const names = (
    references: readonly BatchedReference[],
  ) => [...new Set(references.map((one) => one.name))];
  return [
    ...names(queues).map((one) => unqueueMigration(name, { name: one, version, who })),
    ...names(deletes).map((one) => undeleteMigration(name, { name: one, version, who })),
  ];
}

/**
 * The declaration that a reference means.
 *
 * @throws {Failure} `background/unknown`.
 */
export function declaredAs(
  reference: BatchedReference,
  background: readonly BatchedMigration[],
): BatchedMigration {
  const found = resolveReference(reference, background);
  if (found !== undefined) return found;
  throw new Failure(
    "background/unknown",
    `There is no declaration of the batched migration ${reference.name} at hand.`,
    { hint: `Use the program that carries background/${reference.name}.yaml.` },
  );
}
