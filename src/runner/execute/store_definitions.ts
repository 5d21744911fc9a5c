/**
 * Stores the definitions of a plan in the database before it runs, in a few large statements. One
 * statement for each migration would cost as much as a small migration itself.
 *
 * The stored definition of a version that then fails does no harm: only definitions of applied versions
 * are read back.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import { refuseIncomplete } from "../../history/incomplete.ts";
import { representable } from "../../history/representable.ts";
import { type StoredDefinition, storeDefinitions } from "../../history/stored_definition.ts";
import type { Step } from "../../plan/plan.ts";
import { runInternalTransaction } from "../context/internal_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/** Rows in one statement; few enough that the next ones are read while the server stores these. */
const ROWS = 100;

/** UTF-16 units of SQL after which a batch is complete; a single definition may be longer. */
const LENGTH = 4_000_000;

/**
 * Stores the definitions of the steps that apply a migration; down steps are skipped.
 *
 * @throws {Failure} `bundle/corrupt`, `history/incomplete`, `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function storeStepDefinitions(
  context: RunContext,
  steps: readonly Step[],
): Promise<void> {
  try {
    await storeInBatches(context, steps);
  } catch (error) {
    // Such as a table without the key that ON CONFLICT names.
    if (error instanceof SqlError) await refuseIncomplete(context.work, context.history);
    throw error;
  }
}

async function storeInBatches(context: RunContext, steps: readonly Step[]): Promise<void> {
  const { history, runner: { toolVersion }, work, fence: number } = context;
  let storing: Promise<unknown> = Promise.resolve();
  for await (const definitions of batchesOf(steps)) {
    await storing;
    const storable = await raceWithLock(context, representable(work, storedTexts(definitions)));
    const statement = storeDefinitions(history, { kept: definitions, toolVersion, storable });
    storing = raceWithLock(context, runInternalTransaction(work, [statement], { history, number }));
    // It is awaited in the next round; until then an error in reading the next batch comes first.
    storing.catch(() => {});
  }
  await storing;
}

function storedTexts(definitions: readonly StoredDefinition[]): readonly string[] {
  return definitions.flatMap(({ definition: { name, metadata, ...scripts }, up, down = "" }) => [
    name,
    JSON.stringify(metadata),
    scripts.up.path,
    scripts.down?.path ?? "",
    up,
    down,
  ]);
}

async function* batchesOf(steps: readonly Step[]): AsyncGenerator<readonly StoredDefinition[]> {
  let batch: StoredDefinition[] = [];
  let length = 0;
  const applied = steps.filter(({ direction }) => direction === "up");
  for (const definition of applied.flatMap((step) => [step.definition, ...step.squashed ?? []])) {
    const up = await definition.up.read();
    const down = await definition.down?.read();
    batch.push({ definition, up, down });
    length += up.length + (down?.length ?? 0);
    if (batch.length < ROWS && length < LENGTH) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}
