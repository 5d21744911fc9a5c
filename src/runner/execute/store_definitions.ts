/**
 * Keeping the definitions of a plan in the database before it runs: a few large statements, where a
 * row with each migration would cost as much as a small migration itself.
 *
 * What is kept of a version that then fails is of no account: only what the history calls applied is
 * ever read back.
 *
 * @module
 */

import { representable } from "../../history/representable.ts";
import { type StoredDefinition, storeDefinitions } from "../../history/attempt.ts";
import type { Step } from "../../plan/plan.ts";
import { runInternalTransaction } from "../context/own_transaction.ts";
import { raceWithLock, type RunContext } from "../context/run_context.ts";

/** Rows in one statement: few, so that the next are read while the server stores these. */
const ROWS = 100;

/** UTF-16 units of SQL after which a statement is long enough; one definition may be longer. */
const LENGTH = 4_000_000;

/**
 * Keeps what the steps apply; steps that take something back are passed over.
 *
 * @throws {Failure} `bundle/corrupt`, `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function storeStepDefinitions(
  context: RunContext,
  steps: readonly Step[],
): Promise<void> {
  const { history, runner: { toolVersion }, work, fence: number } = context;
  let storing: Promise<unknown> = Promise.resolve();
  for await (const kept of inParts(steps)) {
    await storing;
    const storable = await raceWithLock(context, representable(work, textsOf(kept)));
    const statement = storeDefinitions(history, { kept, toolVersion, storable });
    storing = raceWithLock(context, runInternalTransaction(work, [statement], { history, number }));
    // It is awaited below; a failure to read comes first.
    storing.catch(() => {});
  }
  await storing;
}

function textsOf(kept: readonly StoredDefinition[]): readonly string[] {
  return kept.flatMap(({ definition: { name, metadata, ...scripts }, up, down = "" }) => [
    name,
    JSON.stringify(metadata),
    scripts.up.path,
    scripts.down?.path ?? "",
    up,
    down,
  ]);
}

async function* inParts(steps: readonly Step[]): AsyncGenerator<readonly StoredDefinition[]> {
  let part: StoredDefinition[] = [];
  let length = 0;
  for (const { definition, direction } of steps) {
    if (direction === "down") continue;
    const up = await definition.up.read();
    const down = await definition.down?.read();
    part.push({ definition, up, down });
    length += up.length + (down?.length ?? 0);
    if (part.length < ROWS && length < LENGTH) continue;
    yield part;
    part = [];
    length = 0;
  }
  if (part.length > 0) yield part;
}
